"""Every error of the `openai` client means something to us."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import openai
import pytest

from core.language_models.contract import ModelMisconfigured, ModelUnavailable, NoUsableReply
from core.language_models.openai_errors import translated

REQUEST = httpx.Request("POST", "http://models.test/v1/chat/completions")
BY_STATUS: dict[int, type[Exception]] = {
    400: NoUsableReply,
    401: ModelMisconfigured,
    403: ModelMisconfigured,
    404: ModelMisconfigured,
    409: ModelUnavailable,
    413: NoUsableReply,
    422: NoUsableReply,
    429: ModelUnavailable,
    500: ModelUnavailable,
    503: ModelUnavailable,
}
WITHOUT_STATUS: list[openai.OpenAIError] = [
    openai.APIConnectionError(request=REQUEST),
    openai.APITimeoutError(REQUEST),
    # A server that fails in the middle of a stream sends an error as an event.
    openai.APIError("the prompt", REQUEST, body=None),
    openai.OpenAIError("the prompt"),
]
NOT_OF_A_STREAMED_CHAT = {
    "APIRemovedInV1",
    "APIResponseValidationError",
    "ContentFilterFinishReasonError",
    "LengthFinishReasonError",
    "MissingDependencyError",
    "MutuallyExclusiveAuthError",
    "OAuthError",
    "StreamAlreadyConsumed",
    "SubjectTokenProviderError",
    "WebSocketConnectionClosedError",
    "WebSocketQueueFullError",
    "_AmbiguousModuleClientUsageError",
}


def _of_status(status: int) -> openai.APIStatusError:
    response = httpx.Response(status, request=REQUEST, json={"error": {"message": "the prompt"}})
    client = openai.OpenAI(api_key="none", base_url="http://models.test/v1")
    return client._make_status_error_from_response(response)


def _descendants(error: type[openai.OpenAIError]) -> Iterator[type[openai.OpenAIError]]:
    yield error
    for child in error.__subclasses__():
        yield from _descendants(child)


@pytest.mark.parametrize("status", BY_STATUS)
def test_status_says_whose_fault_it_is(status: int) -> None:
    error = translated(_of_status(status), settings="VOUCH_JUDGE__")
    assert type(error) is BY_STATUS[status]
    assert "the prompt" not in error.detail


@pytest.mark.parametrize("error", WITHOUT_STATUS, ids=lambda error: type(error).__name__)
def test_connection_that_fails_is_unavailable(error: openai.OpenAIError) -> None:
    found = translated(error, settings="VOUCH_JUDGE__")
    assert type(found) is ModelUnavailable
    assert "the prompt" not in found.detail


def test_every_error_of_the_client_is_considered() -> None:
    tested = {type(_of_status(status)).__name__ for status in BY_STATUS}
    tested |= {type(error).__name__ for error in WITHOUT_STATUS}
    # Other packages derive errors of their own, where they are imported in the same process.
    known = {
        error.__name__
        for error in _descendants(openai.OpenAIError)
        if error.__module__.partition(".")[0] == "openai"
    }
    assert known - NOT_OF_A_STREAMED_CHAT == tested
