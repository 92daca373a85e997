"""Answering: search, draft, gate, check. Nothing leaves without a verdict."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from core.answers import GivenAnswer, GivenCitation, GivenClaim
from core.catalog.models import new_id
from core.identity import Caller
from core.settings import AnswerSettings
from retrieval.pipeline import SearchResult
from retrieval.questions.contract import Turn
from serving.answer.recording import AnswerRecorder
from serving.answering.conflicts import Conflict, find_conflicts
from serving.answering.contract import Answerer, Claim, Draft, VerifiedClaim
from serving.checking.checker import CitationChecker
from serving.checking.contract import Quote, Verdict
from serving.metrics import ANSWERS, CLAIMS, STAGE_DURATION
from serving.schemas import Filters
from serving.search.service import SearchService, WantedSearch


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A decided answer. `claims` is empty when it abstains. `conflicts` are what other documents
    say in place of a claim.
    """

    id: str
    status: Literal["answered", "abstained"]
    claims: tuple[VerifiedClaim, ...]
    conflicts: tuple[Conflict, ...]
    confidence: float
    result: SearchResult
    model: str
    timings_s: dict[str, float]


class AnswerService:
    """Answers on behalf of a caller, from what that caller may read."""

    def __init__(
        self,
        *,
        search: SearchService,
        answerer: Answerer,
        checker: CitationChecker,
        recorder: AnswerRecorder,
        settings: AnswerSettings,
    ) -> None:
        self._search = search
        self._answerer = answerer
        self._checker = checker
        self._recorder = recorder
        self._settings = settings

    def answer(
        self,
        caller: Caller,
        question: str,
        *,
        history: Sequence[Turn] = (),
        understand: bool = True,
        filters: Filters,
    ) -> Answer:
        """Raises NotAllowed, QueryTooLong, IndexUnavailable."""
        result = self._search.search(
            caller,
            WantedSearch(
                question=question,
                filters=filters,
                top_k=self._settings.top_k,
                history=history,
                understand=understand,
                merge_neighbours=True,
            ),
        )
        started = time.perf_counter()
        draft = self._answerer.draft(question, result)
        drafted = time.perf_counter()
        claims = self._verified_claims(draft)
        conflicts = find_conflicts([verified.claim for verified in claims], result.passages)
        checked = time.perf_counter()
        timings_s = {"draft": drafted - started, "check": checked - drafted}
        for stage, seconds in timings_s.items():
            STAGE_DURATION.labels(stage=stage).observe(seconds)
        status: Literal["answered", "abstained"] = "answered" if claims else "abstained"
        ANSWERS.labels(status=status).inc()
        answer = Answer(
            id=new_id(),
            status=status,
            claims=claims,
            conflicts=tuple(conflicts),
            confidence=draft.confidence,
            result=result,
            model=draft.model,
            timings_s={**result.timings_s, **timings_s},
        )
        self._keep(caller, question, history, answer)
        return answer

    def _keep(self, caller: Caller, question: str, history: Sequence[Turn], answer: Answer) -> None:
        """Have the answer recorded for feedback. It goes out whether or not that works."""
        given = GivenAnswer(
            id=answer.id,
            asker=caller.principal.user,
            question=question,
            earlier_questions=tuple(turn.text for turn in history if turn.role == "user"),
            claims=tuple(_given_claim(verified.claim) for verified in answer.claims),
            model=answer.model,
        )
        self._recorder.submit(given)

    def _verified_claims(self, draft: Draft) -> tuple[VerifiedClaim, ...]:
        """The claims that every check supports; none where the evidence is too weak to begin with.

        An extractive claim that a check does not support has lost its document, or is a bug: it
        is not worth delivering with a warning.
        """
        if draft.confidence < self._settings.min_confidence:
            return ()
        verified = [self._verify(claim) for claim in draft.claims]
        return tuple(claim for claim in verified if claim.checked.verdict == Verdict.SUPPORTED)

    def _verify(self, claim: Claim) -> VerifiedClaim:
        quotes = [
            Quote(
                document_id=citation.hit.chunk.document_id,
                text_version=citation.hit.chunk.text_version,
                start=citation.start,
                end=citation.end,
                text=citation.quote,
            )
            for citation in claim.citations
        ]
        checked = self._checker.check(claim.text, quotes)
        CLAIMS.labels(verdict=checked.verdict.value).inc()
        return VerifiedClaim(claim=claim, checked=checked)


def _given_claim(claim: Claim) -> GivenClaim:
    return GivenClaim(
        text=claim.text,
        citations=tuple(
            GivenCitation(
                document_id=citation.hit.chunk.document_id,
                text_version=citation.hit.chunk.text_version,
                quote=citation.quote,
            )
            for citation in claim.citations
        ),
    )
