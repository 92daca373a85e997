"""Answering: search, gate, draft, check, decide, record. Nothing leaves without a verdict."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing

import structlog

from core.catalog.models import new_id
from core.errors import ConfigurationError, PermanentError, TransientError
from core.identity import Caller
from core.settings import AnswerSettings
from retrieval.pipeline import SearchResult
from serving.answer.events import (
    Answer,
    AnswerEvent,
    AnswerStatus,
    ClaimGiven,
    Finished,
    Notice,
    NoticeCode,
    Started,
)
from serving.answer.progress import AnswerInProgress
from serving.answer.recording import AnswerRecorder, given_answer
from serving.answer.wanted import WantedAnswer
from serving.answering.cancellation import Cancellation
from serving.answering.clarifying import Clarifier
from serving.answering.conflicts import Conflict, find_conflicts
from serving.answering.contract import Answerer, Draft, VerifiedClaim, Writer
from serving.answering.disagreement import describe_disagreement
from serving.answering.relevance import Relevance
from serving.answering.verifying import ClaimVerifier
from serving.answering.writing.reading_on import read_on
from serving.checking.contract import Verdict
from serving.metrics import ANSWERS, STAGE_DURATION
from serving.search.service import SearchService, WantedSearch

_log = structlog.get_logger(__name__)

DEGRADED_GENERATION = "generation"
"""A language model is configured, and the answer was made without it."""

_WRITING_ATTEMPTS = 2
_FIT = (Verdict.SUPPORTED, Verdict.UNCHECKED)


class AnswerService:
    """Answers on behalf of a caller, from what that caller may read.

    With a `writer` a language model writes. The `answerer` says first whether the evidence is worth
    asking it at all, and is its last resort.
    """

    def __init__(
        self,
        *,
        search: SearchService,
        answerer: Answerer,
        writer: Writer | None,
        verifier: ClaimVerifier,
        relevance: Relevance,
        clarifier: Clarifier,
        recorder: AnswerRecorder,
        settings: AnswerSettings,
    ) -> None:
        self._search = search
        self._answerer = answerer
        self._writer = writer
        self._verifier = verifier
        self._relevance = relevance
        self._clarifier = clarifier
        self._recorder = recorder
        self._settings = settings

    def answer(
        self, caller: Caller, wanted: WantedAnswer, *, cancellation: Cancellation | None = None
    ) -> Answer:
        """The whole answer. Raises what `stream` raises."""
        *_, last = self.stream(caller, wanted, cancellation=cancellation)
        assert isinstance(last, Finished)  # noqa: S101  (what `stream` promises)
        return last.answer

    def stream(
        self, caller: Caller, wanted: WantedAnswer, *, cancellation: Cancellation | None = None
    ) -> Iterator[AnswerEvent]:
        """The answer as it is made: each claim as soon as it is checked, the whole at the end.

        Raises NotAllowed, QueryTooLong, IndexUnavailable, AnswerUnsupported, AnswerCancelled.
        """
        cancellation = cancellation or Cancellation()
        result = self._find(caller, wanted)
        answer_id = new_id()
        yield Started(
            id=answer_id,
            result=result,
            source_names=self._search.source_names(result.hits),
        )
        started = time.perf_counter()
        draft = self._answerer.draft(wanted.question, result)
        drafted = time.perf_counter()
        clarification = self._clarifier.find(draft, result, history=wanted.history)
        progress = AnswerInProgress(wanted.unsupported)
        conflicts: list[Conflict] = []
        if clarification is None:
            yield from self._claims(wanted, result, draft, progress, cancellation)
            conflicts = find_conflicts(
                [given.claim for given in progress.delivered], result.passages
            )
        yield from progress.notice_withheld()
        if conflicts:
            yield progress.notice(
                NoticeCode.DOCUMENTS_DISAGREE,
                describe_disagreement(conflicts, [given.claim for given in progress.delivered]),
            )
        timings_s = {"draft": drafted - started, "check": time.perf_counter() - drafted}
        for stage, seconds in timings_s.items():
            STAGE_DURATION.labels(stage=stage).observe(seconds)
        status: AnswerStatus = "answered" if progress.delivered else "abstained"
        answer = Answer(
            id=answer_id,
            status="clarification" if clarification is not None else status,
            claims=tuple(progress.delivered),
            conflicts=tuple(conflicts),
            notices=tuple(progress.notices),
            clarification=clarification,
            confidence=draft.confidence,
            result=result,
            model=progress.model or draft.model,
            prompt=progress.prompt,
            usage=progress.usage,
            degraded=(*result.degraded, *progress.degraded),
            timings_s={**result.timings_s, **timings_s},
        )
        ANSWERS.labels(status=answer.status).inc()
        self._recorder.submit(given_answer(caller, wanted, answer))
        yield Finished(answer)

    def _find(self, caller: Caller, wanted: WantedAnswer) -> SearchResult:
        return self._search.search(
            caller,
            WantedSearch(
                question=wanted.question,
                filters=wanted.filters,
                within=wanted.within,
                top_k=self._settings.top_k,
                history=wanted.history,
                understand=wanted.understand,
                merge_neighbours=True,
            ),
        )

    def _claims(
        self,
        wanted: WantedAnswer,
        result: SearchResult,
        draft: Draft,
        progress: AnswerInProgress,
        cancellation: Cancellation,
    ) -> Iterator[ClaimGiven | Notice]:
        """The model's claims where there is one; else, and where it fails, the draft's. Either only
        where the evidence is good enough for it.
        """
        is_worth_asking = draft.confidence >= self._settings.min_confidence_to_write
        if self._writer is not None and is_worth_asking:
            is_settled = yield from self._written_claims(
                self._writer, wanted, result, progress, cancellation
            )
            if is_settled:
                return
            progress.degraded.append(DEGRADED_GENERATION)
        progress.model, progress.prompt = draft.model, None
        if draft.confidence < self._settings.min_confidence:
            return
        for claim in draft.claims:
            cancellation.check()
            verified = self._verifier.verify(claim)
            # A quoted sentence that a check does not support has lost its document, or is a bug:
            # it is not worth delivering with a warning.
            if verified.checked.verdict in _FIT and progress.decide(verified):
                yield ClaimGiven(verified)

    def _written_claims(
        self,
        writer: Writer,
        wanted: WantedAnswer,
        result: SearchResult,
        progress: AnswerInProgress,
        cancellation: Cancellation,
    ) -> Generator[ClaimGiven | Notice, None, bool]:
        """What a model writes; once more where nothing of it is supported, or it broke off before
        it had said anything that is.

        Returns whether that settles it: it gave claims, or says at once that there is no answer.
        """
        writing = writer.begin(
            wanted.question,
            result,
            tier=wanted.tier,
            language=wanted.language,
            cancellation=cancellation,
        )
        asked = (result.question, *result.understood.parts)
        is_rewrite = False
        for attempt in range(1, _WRITING_ATTEMPTS + 1):
            progress.start_over()
            try:
                with closing(writing.claims(is_rewrite=is_rewrite)) as claims:
                    yield from self._from_the_answer_on(asked, claims, progress)
            except (TransientError, PermanentError, ConfigurationError) as error:
                _log.warning("model_failed", error=error.code, attempt=attempt)
                has_begun = bool(writing.model)
                if has_begun and not progress.delivered and attempt < _WRITING_ATTEMPTS:
                    continue
                yield _failure_notice(progress)
                return bool(progress.delivered)
            finally:
                progress.made_by(writing)
            # Who finds no answer only after an answer was rejected does not know: the evidence
            # decides then, as it does without a model.
            if progress.delivered or (writing.says_unanswerable and not is_rewrite):
                return True
            is_rewrite = True
        yield progress.notice(
            NoticeCode.MODEL_ANSWER_REJECTED,
            "Nothing that the language model wrote is both supported by the passages and an answer "
            "to the question. The answer quotes them instead.",
        )
        progress.start_over()
        return False

    def _from_the_answer_on(
        self, asked: Sequence[str], claims: Iterable[VerifiedClaim], progress: AnswerInProgress
    ) -> Iterator[ClaimGiven]:
        """The claims that are to be delivered. What is supported is held back until one of them
        answers the question, by itself or read on from the one before: an answer may say more than
        was asked, but not only that.
        """
        held: list[VerifiedClaim] = []
        has_answered = False
        before = ""
        for verified in claims:
            is_fit = verified.checked.verdict in _FIT
            has_answered = has_answered or (is_fit and self._answers(asked, verified, before))
            before = verified.claim.text if is_fit else ""
            held.append(verified)
            if has_answered or not is_fit:
                ready, held = (held, []) if has_answered else ([held.pop()], held)
                yield from (ClaimGiven(each) for each in ready if progress.decide(each))
        progress.set_aside(held)

    def _answers(self, asked: Sequence[str], verified: VerifiedClaim, before: str) -> bool:
        chunk = verified.claim.citations[0].hit.chunk
        headings = (chunk.title, *chunk.heading_path)
        text = read_on(before, verified.claim.text)
        return self._relevance.answers(asked, text, headings=headings)


def _failure_notice(progress: AnswerInProgress) -> Notice:
    if progress.delivered:
        return progress.notice(
            NoticeCode.CUT_SHORT,
            "The language model stopped in the middle: the answer may be incomplete. Ask again for "
            "the whole.",
        )
    return progress.notice(
        NoticeCode.MODEL_FAILED,
        "The language model did not answer. The answer quotes the passages instead.",
    )
