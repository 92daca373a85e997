"""Documents that a question names by year, kind of file or source, and putting them in front."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from core.chunks import Chunk, Hit, SourceId
from retrieval.questions.contract import NamedDocuments
from retrieval.questions.turns import with_falling_scores

_NOUN = (
    r"(?:polic(?:y|ies)|reports?|handbooks?|guides?|guidelines?|guidance|editions?|versions?|budgets?"
    r"|plans?|price\s+lists?|agreements?|contracts?|filings?|manuals?|rules|regulations?|catalogues?"
    r"|catalogs?|surveys?|statements?|accounts|minutes|reviews?|schedules?|strateg(?:y|ies)|10-[kq])"
)
_YEAR = r"((?:19|20)\d\d)"
# Not "since 2024" or "in 2024" alone: that is about what happened, and any document may say it.
_NAMED_YEAR = re.compile(
    rf"(?<![\w$€£.,-]){_YEAR}(?:['’]s)?\s+(?:[^\W\d]+\s+){{0,2}}?{_NOUN}\b"
    rf"|\b{_NOUN}\s+(?:of|from|for|dated)\s+(?:the\s+year\s+|fiscal\s+(?:year\s+)?|FY\s?)?{_YEAR}(?![\w-])",
    re.IGNORECASE,
)
_FILE = re.compile(
    r"\b(?:in|from|of|on)\s+(?:the|our|that|this)\s+(?:[^\W\d]+\s+){0,2}?"
    r"(?:(?P<pdf>pdf)|(?P<spreadsheet>spreadsheet|excel(?:\s+(?:file|sheet))?)"
    r"|(?P<slides>slide\s?deck|slides?|powerpoint)|(?P<mail>e-?mail))s?\b"
    r"(?!\s+(?:address|account|client|signature|server|policy|tool|app|system))",
    re.IGNORECASE,
)
_OPEN_DOCUMENT = "application/vnd.openxmlformats-officedocument"
_MIMES = {
    "pdf": frozenset({"application/pdf"}),
    "spreadsheet": frozenset(
        {f"{_OPEN_DOCUMENT}.spreadsheetml.sheet", "application/vnd.ms-excel", "text/csv"}
    ),
    "slides": frozenset({f"{_OPEN_DOCUMENT}.presentationml.presentation"}),
    "mail": frozenset({"message/rfc822", "application/vnd.ms-outlook"}),
}
# "2025", "FY2025", "q3-2025", but no part of a longer number.
_YEAR_IN_NAME = re.compile(r"(?<!\d)(?<!\d[.,])(?:19|20)\d\d(?!\d)(?![.,]\d)")
_NEGATIONS = frozenset("not no except besides unlike than before since without".split())
_MIN_SOURCE_NAME_CHARS = 4

NEAR_THE_TOP = 10
"""One of so many first hits has to be of the named documents, or the question was misread."""


def read_named_documents(
    question: str, *, source_names: Mapping[SourceId, str]
) -> tuple[NamedDocuments, ...]:
    """The years, kinds of file and sources that the question names as its documents'.

    "the 2024 travel policy", "the report for 2023", "in the PDF", "on the wiki" for a source named
    wiki. One of each kind at most: a question that names two years compares them. Negated ones
    ("not the 2023 policy") are left alone.
    """
    found = [*_years(question), *_files(question), *_sources(question, source_names)]
    kinds = [item.kind for item in found]
    return tuple(item for item in found if kinds.count(item.kind) == 1)


def put_in_front(
    hits: Sequence[Hit],
    named: Sequence[NamedDocuments],
    *,
    source_names: Mapping[SourceId, str],
) -> tuple[list[Hit], tuple[NamedDocuments, ...]]:
    """The hits of the named documents first, each group in its order, and the names that counted.

    None is left out, so a misread question finds what it would have found; scores fall with the
    rank. A name counts only
    where one of the first hits is of its documents.
    """
    ordered = list(hits)
    applied = []
    for item in named:
        meant = {hit.chunk.id for hit in hits if _is_of(hit.chunk, item, source_names)}
        if not any(hit.chunk.id in meant for hit in hits[:NEAR_THE_TOP]):
            continue
        ordered.sort(key=lambda hit: hit.chunk.id not in meant)
        applied.append(item)
    return with_falling_scores(ordered) if applied else ordered, tuple(applied)


def _is_of(chunk: Chunk, item: NamedDocuments, source_names: Mapping[SourceId, str]) -> bool:
    if item.kind == "source":
        return source_names.get(chunk.source_id) == item.value
    if item.kind == "file":
        return chunk.mime in _MIMES[item.value]
    names = " ".join((chunk.title, *chunk.heading_path, chunk.path))
    if years := _YEAR_IN_NAME.findall(names):
        return item.value in years
    return chunk.updated_at is not None and str(chunk.updated_at.year) == item.value


def _years(question: str) -> Iterator[NamedDocuments]:
    seen = set()
    for match in _NAMED_YEAR.finditer(question):
        year = match[1] or match[2]
        if year not in seen and not _is_negated(question, match.start()):
            seen.add(year)
            yield NamedDocuments(kind="year", value=year, words=match[0])


def _files(question: str) -> Iterator[NamedDocuments]:
    for match in _FILE.finditer(question):
        if not _is_negated(question, match.start()):
            yield NamedDocuments(kind="file", value=str(match.lastgroup), words=match[0])


def _sources(question: str, source_names: Mapping[SourceId, str]) -> Iterator[NamedDocuments]:
    for name in sorted(set(source_names.values())):
        if len(name) < _MIN_SOURCE_NAME_CHARS:
            continue
        match = re.search(
            rf"\b(?:in|on|from|according\s+to)\s+(?:the\s+|our\s+)?{re.escape(name)}(?![\w-])",
            question,
            re.IGNORECASE,
        )
        if match and not _is_negated(question, match.start()):
            yield NamedDocuments(kind="source", value=name, words=match[0])


def _is_negated(question: str, at: int) -> bool:
    return not _NEGATIONS.isdisjoint(question[:at].casefold().split()[-3:])
