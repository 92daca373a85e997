"""The examples in the API's documentation are true to the API."""

from __future__ import annotations

from typing import Any

import pytest

from serving.answer.examples import ANSWER_REQUESTS, ANSWER_RESPONSES
from serving.answer.schemas import AnswerRequest, AnswerResponse
from serving.checking.contract import Verdict


@pytest.mark.parametrize("name", ANSWER_REQUESTS)
def test_example_request_is_accepted(name: str) -> None:
    AnswerRequest.model_validate(ANSWER_REQUESTS[name]["value"])


@pytest.mark.parametrize("name", ANSWER_RESPONSES)
def test_example_response_has_exactly_the_fields_of_a_real_one(name: str) -> None:
    value = ANSWER_RESPONSES[name]["value"]
    response = AnswerResponse.model_validate(value, extra="forbid")
    assert _keys(response.model_dump(mode="json")) == _keys(value)


@pytest.mark.parametrize("name", ANSWER_RESPONSES)
def test_example_response_keeps_the_promises_of_an_answer(name: str) -> None:
    response = AnswerResponse.model_validate(ANSWER_RESPONSES[name]["value"])
    assert response.status == name
    assert bool(response.claims) == (name == "answered")
    markers = {source.marker: source.document.id for source in response.sources}
    for claim in response.claims:
        assert claim.verdict == Verdict.SUPPORTED
        for citation in claim.citations:
            assert citation.end - citation.start == len(citation.quote)
            assert f"[{citation.marker}]" in response.answer
            assert markers[citation.marker] == citation.document_id


def _keys(value: Any) -> Any:
    """The value's shape: which keys it has, all the way down."""
    if isinstance(value, dict):
        return {key: _keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_keys(item) for item in value]
    return None
