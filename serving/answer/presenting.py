"""From an answer as it is made to the shapes of the API."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from core.chunks import DocumentId, Hit
from serving.answer.events import Answer, Notice, Started
from serving.answer.schemas import (
    AnswerResponse,
    AnswerStarted,
    CheckInfo,
    CitationInfo,
    ClaimInfo,
    ClarificationInfo,
    ClarificationOptionInfo,
    ConflictInfo,
    NoticeInfo,
    Searched,
    SourceUsed,
    Usage,
)
from serving.answering.clarifying import Clarification
from serving.answering.conflicts import Conflict
from serving.answering.contract import Citation, VerifiedClaim
from serving.answering.disagreement import describe_disagreement
from serving.checking.contract import Verdict
from serving.schemas import understood_info
from serving.search.service import document_info, other_locations

_ABSTENTION = (
    "I found no passage that answers this among the documents that you may read. "
    "`searched` names the nearest ones."
)
_NEAREST = 3


class AnswerPresenter:
    """Presents one answer, event by event. Its documents are numbered from 1, in the order in which
    they are first cited.
    """

    def __init__(self, started: Started) -> None:
        self._started = started
        self._names = started.source_names
        self._cited: dict[DocumentId, list[Hit]] = defaultdict(list)

    def started(self) -> AnswerStarted:
        """What is known before anything is said."""
        result = self._started.result
        return AnswerStarted(
            id=self._started.id, searched=self._searched(), degraded=list(result.degraded)
        )

    def new_sources(self, claim: VerifiedClaim) -> list[SourceUsed]:
        """The documents that this claim is the first to cite."""
        return self._cite(claim.claim.citations)

    def claim(self, verified: VerifiedClaim) -> ClaimInfo:
        """The claim with its verdict."""
        self._cite(verified.claim.citations)
        return ClaimInfo(
            text=verified.claim.text,
            verdict=verified.checked.verdict,
            unsupported_part=verified.checked.unsupported_part,
            checks=[
                CheckInfo(name=outcome.name, verdict=outcome.verdict, detail=outcome.detail)
                for outcome in verified.checked.outcomes
            ],
            citations=[self._citation(citation) for citation in verified.claim.citations],
        )

    def finished(self, answer: Answer) -> AnswerResponse:
        """The whole answer."""
        claims = [self.claim(claim) for claim in answer.claims]
        self._cite(conflict.citation for conflict in answer.conflicts)
        return AnswerResponse(
            id=answer.id,
            status=answer.status,
            answer=self._text(answer, claims),
            claims=claims,
            sources=[self._source(document_id) for document_id in self._cited],
            conflicts=[self._conflict(conflict, answer) for conflict in answer.conflicts],
            notices=[notice_info(notice) for notice in answer.notices],
            clarification=self._clarification(answer.clarification),
            confidence=round(answer.confidence, 4),
            searched=self._searched(),
            usage=Usage(
                model=answer.model,
                prompt=answer.prompt,
                prompt_tokens=answer.usage.prompt_tokens,
                completion_tokens=answer.usage.completion_tokens,
            ),
            timings_s=answer.timings_s,
            degraded=list(answer.degraded),
        )

    def _cite(self, citations: Iterable[Citation]) -> list[SourceUsed]:
        new: dict[DocumentId, None] = {}
        for citation in citations:
            document_id = citation.hit.chunk.document_id
            if document_id not in self._cited:
                new[document_id] = None
            if citation.hit not in self._cited[document_id]:
                self._cited[document_id].append(citation.hit)
        return [self._source(document_id) for document_id in new]

    def _marker(self, document_id: DocumentId) -> int:
        return list(self._cited).index(document_id) + 1

    def _source(self, document_id: DocumentId) -> SourceUsed:
        hits = self._cited[document_id]
        return SourceUsed(
            marker=self._marker(document_id),
            document=document_info(hits[0].chunk, self._names),
            also_in=other_locations(hits, self._names),
        )

    def _citation(self, citation: Citation) -> CitationInfo:
        chunk = citation.hit.chunk
        return CitationInfo(
            marker=self._marker(chunk.document_id),
            document_id=chunk.document_id,
            chunk_id=chunk.id,
            quote=citation.quote,
            start=citation.start,
            end=citation.end,
            page=chunk.page,
            heading_path=list(chunk.heading_path),
        )

    def _conflict(self, conflict: Conflict, answer: Answer) -> ConflictInfo:
        citation = conflict.citation
        chunk = citation.hit.chunk
        contradicted = answer.claims[conflict.claim].claim.citations[0].hit.chunk
        return ConflictInfo(
            claim=conflict.claim,
            marker=self._marker(chunk.document_id),
            document=document_info(chunk, self._names),
            quote=citation.quote,
            start=citation.start,
            end=citation.end,
            page=chunk.page,
            differs_in=list(conflict.differs_in),
            is_newer=conflict.is_newer_than(contradicted),
        )

    def _clarification(self, clarification: Clarification | None) -> ClarificationInfo | None:
        if clarification is None:
            return None
        return ClarificationInfo(
            question=clarification.question,
            options=[
                ClarificationOptionInfo(
                    label=option.label, document=document_info(option.hit.chunk, self._names)
                )
                for option in clarification.options
            ],
        )

    def _searched(self) -> Searched:
        result = self._started.result
        return Searched(
            question=result.question,
            understood=understood_info(result.understood),
            passages=len(result.hits),
            nearest=[document_info(hit.chunk, self._names) for hit in _nearest(result.hits)],
        )

    def _text(self, answer: Answer, claims: Sequence[ClaimInfo]) -> str:
        if answer.clarification is not None:
            options = (f"- {option.label}" for option in answer.clarification.options)
            return "\n".join((answer.clarification.question, *options))
        if not claims:
            return _ABSTENTION
        lines = [claim_text(claim) for claim in claims]
        if answer.conflicts:
            lines.append(
                describe_disagreement(
                    answer.conflicts,
                    [claim.claim for claim in answer.claims],
                    marker=lambda citation: f" [{self._marker(citation.hit.chunk.document_id)}]",
                )
            )
        return "\n".join(lines)


def claim_text(claim: ClaimInfo) -> str:
    """The claim with its markers, and its verdict where that is another than `supported`."""
    markers = sorted({citation.marker for citation in claim.citations})
    verdict = "" if claim.verdict is Verdict.SUPPORTED else f" [{claim.verdict.value}]"
    return f"{claim.text} {''.join(f'[{marker}]' for marker in markers)}".rstrip() + verdict


def notice_info(notice: Notice) -> NoticeInfo:
    """A notice as the API shows it."""
    return NoticeInfo(code=notice.code, detail=notice.detail)


def _nearest(hits: Sequence[Hit]) -> list[Hit]:
    """The best hit of each of the closest documents."""
    best: dict[DocumentId, Hit] = {}
    for hit in hits:
        best.setdefault(hit.chunk.document_id, hit)
    return list(best.values())[:_NEAREST]
