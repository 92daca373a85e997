"""What a model reads of the tools' results, where the example company gives no occasion for it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.answer.examples import ANSWER_RESPONSES
from serving.check.schemas import CheckResponse
from serving.documents.schemas import DocumentResponse
from serving.mcp.schemas import AnswerResult, DocumentResult, SearchResult
from serving.mcp.texts import answer_text, check_text, document_text, search_text

EXAMPLE: dict[str, Any] = ANSWER_RESPONSES["answered"]["value"]
DOCUMENT = EXAMPLE["sources"][0]["document"]
OLD = {**DOCUMENT, "id": "old", "title": "Old policy", "path": "old.md", "updated_at": None}


def answer(**changes: Any) -> AnswerResult:
    return AnswerResult.model_validate({**EXAMPLE, **changes})


def document(text: str) -> DocumentResponse:
    return DocumentResponse(**DOCUMENT, text=text, text_version="v")


def test_answer_has_its_sentences_then_its_sources_with_their_quotes() -> None:
    quote = "Full-time employees receive 27 days of paid annual leave."
    assert answer_text(answer()) == (
        f"{quote} [1] (supported)\n"
        "\n"
        "Sources:\n"
        f"[1] Leave policy (policies/leave.md); document {DOCUMENT['id']}; updated 2026-03-02\n"
        f"  “{quote}” (characters 412-469; Leave policy > Annual leave)"
    )


def test_verdict_of_each_sentence_and_what_is_not_supported_are_said() -> None:
    claim = {**EXAMPLE["claims"][0], "verdict": "partial", "unsupported_part": "and 3 more"}
    bare = {"text": "It is so.", "verdict": "unsupported", "unsupported_part": None}
    lines = answer_text(answer(claims=[claim, {**bare, "citations": []}])).splitlines()
    assert lines[0].endswith(" [1] (partial; not supported: and 3 more)")
    assert lines[1] == "It is so. (unsupported)"


def test_contradicting_document_is_named_with_what_it_says_and_in_what_it_differs() -> None:
    conflict = {
        "claim": 0,
        "marker": 2,
        "quote": "Employees receive\n25 days.",
        "start": 7,
        "end": 33,
        "page": 4,
        "differs_in": ["numbers"],
        "is_newer": False,
    }
    sources = [*EXAMPLE["sources"], {"marker": 2, "document": OLD}]
    said = answer_text(answer(conflicts=[conflict], sources=sources))
    assert "\n[2] Old policy (old.md); document old\n" in said
    assert said.endswith(
        "“Employees receive 25 days.” (characters 7-33; page 4; contradicts sentence 1 in numbers)"
    )


def test_question_back_and_notices_and_what_was_given_up_are_said() -> None:
    said = answer_text(
        answer(
            status="clarification",
            answer="Which leave do you mean?\n- Annual leave\n- Parental leave",
            claims=[],
            sources=[],
            notices=[{"code": "claims_dropped", "detail": "One sentence was left out."}],
            degraded=["rerank"],
        )
    )
    assert said == (
        "Which leave do you mean?\n- Annual leave\n- Parental leave\n\n"
        "Notice: One sentence was left out.\n\n"
        "Given up for now: rerank"
    )


def test_search_says_where_each_passage_stands_and_that_nothing_was_found() -> None:
    passage = {"text": "27 days.", "start": 3, "end": 11, "page": 2, "heading_path": ["A", "B"]}
    hit = {"rank": 1, "passage": passage, "document": OLD}
    found = SearchResult.model_validate({"hits": [hit], "degraded": ["rerank"]})
    assert search_text(found) == (
        "1. Old policy (old.md); document old; characters 3-11; page 2; A > B\n27 days.\n\n"
        "Given up for now: rerank"
    )
    nothing = SearchResult(hits=[], degraded=[])
    assert search_text(nothing) == "Nothing found among the documents that the user may read."


def test_check_says_what_speaks_against_a_claim_and_that_markers_are_wrong() -> None:
    claim = {
        "text": "Hotels cost\n200 euros.",
        "start": 0,
        "end": 22,
        "verdict": "contradicted",
        "unsupported_part": None,
        "is_rightly_cited": False,
        "checks": [
            {"name": "quote", "verdict": "supported", "detail": "It stands there."},
            {"name": "numbers", "verdict": "contradicted", "detail": "200 is not 140."},
        ],
        "citations": [{"source": "travel", "quote": "At most 140 euros.", "start": 5, "end": 23}],
    }
    checked = CheckResponse.model_validate({"verdict": "contradicted", "claims": [claim]})
    assert check_text(checked) == (
        "Worst verdict: contradicted\n\n"
        "contradicted: Hotels cost 200 euros.\n"
        "  numbers: 200 is not 140.\n"
        "  The text's markers name another passage.\n"
        "  travel: “At most 140 euros.” (characters 5-23)"
    )
    assert "no claim" in check_text(CheckResponse(verdict=None, claims=[]))


@given(text=st.text(max_size=200), limit=st.integers(1, 50))
def test_parts_of_a_document_make_up_the_whole(text: str, limit: int) -> None:
    parts: list[DocumentResult] = []
    offset: int | None = 0
    while offset is not None:
        part = DocumentResult.of(document(text), offset=offset, limit=limit)
        assert text[part.start : part.end] == part.text
        assert part.total_chars == len(text)
        parts.append(part)
        offset = part.next_offset
    assert "".join(part.text for part in parts) == text
    assert all(0 < len(part.text) <= limit for part in parts if text)


@pytest.mark.parametrize("offset", [3, 4, 1000])
def test_part_behind_the_end_is_empty_and_the_last(offset: int) -> None:
    part = DocumentResult.of(document("abc"), offset=offset, limit=10)
    assert (part.text, part.start, part.end, part.next_offset) == ("", 3, 3, None)
    assert document_text(part).endswith("; characters 3-3 of 3")
