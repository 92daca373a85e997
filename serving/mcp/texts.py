"""The tools' results as text. It says what the structured result says, in fewer words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from serving.answer.schemas import CheckInfo
from serving.check.schemas import CheckedClaimInfo, CheckResponse
from serving.checking.contract import Verdict
from serving.mcp.schemas import AnswerClaim, AnswerResult, DocumentResult, SearchResult
from serving.schemas import DocumentInfo


def search_text(result: SearchResult) -> str:
    """Each passage under a line that says where it stands."""
    if not result.hits:
        return "Nothing found among the documents that the user may read."
    parts = []
    for hit in result.hits:
        passage = hit.passage
        place = _place(passage.start, passage.end, passage.page, passage.heading_path)
        parts.append(f"{hit.rank}. {_document(hit.document)}; {place}\n{passage.text}")
    return "\n\n".join([*parts, *_degraded(result.degraded)])


def answer_text(result: AnswerResult) -> str:
    """The sentences with markers and verdicts, then the quotes that they rest on."""
    parts = ["\n".join(_claim(claim) for claim in result.claims) or result.answer]
    if result.sources:
        parts.append("Sources:\n" + "\n".join(_sources(result)))
    if result.status == "abstained" and result.searched.nearest:
        nearest = "\n".join(f"- {_document(document)}" for document in result.searched.nearest)
        parts.append(f"Searched {result.searched.passages} passages. Nearest documents:\n{nearest}")
    if result.notices:
        parts.append("\n".join(f"Notice: {notice.detail}" for notice in result.notices))
    return "\n\n".join([*parts, *_degraded(result.degraded)])


def document_text(result: DocumentResult) -> str:
    """The text under the document's name, and where to read on."""
    parts = [f"{_document(result)}; characters {result.start}-{result.end} of {result.total_chars}"]
    if result.text:
        parts.append(result.text)
    if result.next_offset is not None:
        parts.append(f"The text goes on: read it with offset {result.next_offset}.")
    return "\n\n".join(parts)


def check_text(result: CheckResponse) -> str:
    """Each claim with its verdict, what speaks against it, and the nearest quotes."""
    if result.verdict is None:
        return "The text has no claim that could be checked."
    parts = [f"Worst verdict: {result.verdict.value}"]
    parts += ["\n".join(_checked(claim)) for claim in result.claims]
    return "\n\n".join(parts)


def _claim(claim: AnswerClaim) -> str:
    numbers = sorted({citation.marker for citation in claim.citations})
    markers = "".join(f"[{number}]" for number in numbers)
    verdict = claim.verdict.value
    if claim.unsupported_part is not None:
        verdict += f"; not supported: {claim.unsupported_part}"
    return f"{claim.text} {markers}".rstrip() + f" ({verdict})"


def _sources(result: AnswerResult) -> Iterable[str]:
    for source in result.sources:
        yield f"[{source.marker}] {_document(source.document)}"
        for claim in result.claims:
            for citation in claim.citations:
                if citation.marker == source.marker:
                    place = _place(
                        citation.start, citation.end, citation.page, citation.heading_path
                    )
                    yield f"  “{_in_one_line(citation.quote)}” ({place})"
        for conflict in result.conflicts:
            if conflict.marker == source.marker:
                place = _place(conflict.start, conflict.end, conflict.page, ())
                differs_in = ", ".join(conflict.differs_in)
                yield (
                    f"  “{_in_one_line(conflict.quote)}” ({place}; contradicts sentence "
                    f"{conflict.claim + 1} in {differs_in})"
                )


def _checked(claim: CheckedClaimInfo) -> Iterable[str]:
    yield f"{claim.verdict.value}: {_in_one_line(claim.text)}"
    yield from (f"  {found}" for found in _against(claim.checks))
    if claim.is_rightly_cited is False:
        yield "  The text's markers name another passage."
    for citation in claim.citations:
        place = _place(citation.start, citation.end, None, ())
        yield f"  {citation.source}: “{_in_one_line(citation.quote)}” ({place})"


def _against(checks: Iterable[CheckInfo]) -> Iterable[str]:
    for check in checks:
        if check.verdict is not Verdict.SUPPORTED:
            yield f"{check.name}: {check.detail}"


def _document(document: DocumentInfo) -> str:
    parts = [f"{document.title} ({document.path})", f"document {document.id}"]
    if document.updated_at is not None:
        parts.append(f"updated {_date(document.updated_at)}")
    return "; ".join(parts)


def _place(start: int, end: int, page: int | None, heading_path: Sequence[str]) -> str:
    parts = [f"characters {start}-{end}"]
    if page is not None:
        parts.append(f"page {page}")
    if heading_path:
        parts.append(" > ".join(heading_path))
    return "; ".join(parts)


def _degraded(degraded: Sequence[str]) -> list[str]:
    return [f"Given up for now: {', '.join(degraded)}"] if degraded else []


def _date(at: datetime) -> str:
    return at.date().isoformat()


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
