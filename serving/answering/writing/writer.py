"""The writer: asks a language model for an answer, and gives its sentences as checked claims."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from functools import cached_property

from core.settings import AnswerSettings
from retrieval.pipeline import SearchResult
from serving.answering.cancellation import Cancellation
from serving.answering.contract import TokenUsage, VerifiedClaim
from serving.answering.verifying import ClaimVerifier
from serving.answering.writing.citing import Citer
from serving.answering.writing.fragments import is_fragment
from serving.answering.writing.json_reader import REPLY_SCHEMA
from serving.answering.writing.languages import language_name
from serving.answering.writing.material import write_material
from serving.answering.writing.prompt import load_prompt
from serving.answering.writing.reply_reader import ReplyReader
from serving.answering.writing.sentence import WrittenSentence
from serving.checking.alignment.support import OpenSupport, SupportFinder
from serving.checking.contract import Verdict
from serving.models.tier import ModelTier
from serving.models.tiers import Asked, Deadline, ModelTiers, TierReply

_MAX_CITATIONS = 3
# The prompt's instructions and examples; the rest of a context is for passages and the reply.
_PROMPT_TOKENS = 700


class ModelWriter:
    """Has the tiers write. Safe to use from several threads."""

    def __init__(
        self,
        *,
        tiers: ModelTiers,
        finder: SupportFinder,
        verifier: ClaimVerifier,
        settings: AnswerSettings,
    ) -> None:
        self._tiers = tiers
        self._finder = finder
        self._verifier = verifier
        self._settings = settings

    def begin(
        self,
        question: str,
        result: SearchResult,
        *,
        tier: str | None,
        language: str | None,
        cancellation: Cancellation,
    ) -> WritingSession:
        """For one answer: what is written for it shares a deadline and the passages' vectors."""
        return WritingSession(
            tiers=self._tiers,
            finder=self._finder,
            verifier=self._verifier,
            max_sentences=self._settings.max_written,
            question=result.question,
            result=result,
            first=tier,
            language=language_name(question, language),
            cancellation=cancellation,
        )


class WritingSession:
    """One answer being written, and written anew if it has to be."""

    def __init__(
        self,
        *,
        tiers: ModelTiers,
        finder: SupportFinder,
        verifier: ClaimVerifier,
        max_sentences: int,
        question: str,
        result: SearchResult,
        first: str | None,
        language: str,
        cancellation: Cancellation,
    ) -> None:
        self._tiers = tiers
        self._finder = finder
        self._verifier = verifier
        self._max_sentences = max_sentences
        self._question = question
        self._result = result
        self._first = first
        self._language = language
        self._cancellation = cancellation
        self._deadline: Deadline = tiers.deadline()
        self.model = ""
        self.prompt: str | None = None
        self.usage = TokenUsage()
        self.given_up: list[str] = []
        self.says_unanswerable = False

    def claims(self, *, is_rewrite: bool) -> Generator[VerifiedClaim, None, None]:
        """Each sentence once it is complete and checked, whatever the verdict; no more than may be
        written, and none twice: what repeats itself is hung up on. Another tier is asked each time,
        where there is one.
        """
        reply = self._tiers.ask(
            lambda tier: self._asked(tier, is_rewrite=is_rewrite),
            first=self._first,
            deadline=self._deadline,
            cancellation=self._cancellation,
            given_up=self.given_up,
        )
        self.model = reply.tier.model.name
        self._first = self._tiers.after(reply.tier.name)
        self.prompt = load_prompt(reply.tier.style).name
        seen: set[str] = set()
        try:
            with closing(reply):
                citer = Citer(
                    self._result.passages[: self._shown],
                    # Opened while the model writes: it takes a tenth of a second or more.
                    support=self._support,
                    verifier=self._verifier,
                    max_citations=_MAX_CITATIONS,
                )
                for sentence in self._sentences(reply):
                    key = " ".join(sentence.text.casefold().split())
                    if key in seen or len(seen) == self._max_sentences:
                        break
                    seen.add(key)
                    verified = citer.cite(sentence)
                    if self._leans_on_the_question(sentence) and _is_supported(verified):
                        yield from citer.spell_out(verified)
                    else:
                        yield verified
        finally:
            self._charge(reply)

    @cached_property
    def _support(self) -> OpenSupport:
        """The same for what is written anew."""
        return self._finder.open(self._result.passages)

    def _asked(self, tier: ModelTier, *, is_rewrite: bool) -> Asked:
        settings = tier.settings
        material, self._shown = write_material(
            self._question,
            self._result.passages,
            max_tokens=max(200, settings.context_tokens - settings.max_tokens - _PROMPT_TOKENS),
        )
        prompt = load_prompt(tier.style)
        return Asked(
            messages=prompt.messages(material, language=self._language, is_rewrite=is_rewrite),
            json_schema=REPLY_SCHEMA if tier.style == "json" else None,
        )

    def _sentences(self, reply: TierReply) -> Iterator[WrittenSentence]:
        reader = ReplyReader()
        for piece in reply:
            yield from reader.feed(piece)
        yield from reader.close()
        self.says_unanswerable = reader.says_unanswerable

    def _leans_on_the_question(self, sentence: WrittenSentence) -> bool:
        is_english = self._language == language_name("", "en")
        return is_english and not sentence.lead_in and is_fragment(sentence.text)

    def _charge(self, reply: TierReply) -> None:
        if reply.usage is not None:
            self.usage += TokenUsage(
                prompt_tokens=reply.usage.prompt_tokens,
                completion_tokens=reply.usage.completion_tokens,
            )


def _is_supported(verified: VerifiedClaim) -> bool:
    return verified.checked.verdict is Verdict.SUPPORTED
