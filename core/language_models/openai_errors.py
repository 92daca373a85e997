"""The errors of the `openai` client in our own words."""

from __future__ import annotations

from openai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    NotFoundError,
    OpenAIError,
    PermissionDeniedError,
    RateLimitError,
)

from core.errors import VouchError
from core.language_models.contract import ModelMisconfigured, ModelUnavailable, NoUsableReply

REFUSED_REQUEST = (400, 413, 422)
"""The statuses of a request that the server takes for wrong."""


def translated(error: OpenAIError, *, settings: str) -> VouchError:
    """What the error means to whoever asked. `settings` is the beginning of the names of the
    endpoint's settings, such as `VOUCH_JUDGE__`.

    The client's own message is left out: it may quote the prompt, and so documents.
    """
    if isinstance(error, AuthenticationError | PermissionDeniedError | NotFoundError):
        return ModelMisconfigured(
            f"The model's endpoint refuses the request (status {error.status_code}). Check "
            f"{settings}URL, {settings}MODEL and {settings}API_KEY."
        )
    if isinstance(error, APIStatusError) and error.status_code in REFUSED_REQUEST:
        return NoUsableReply(
            f"The model's endpoint refuses this text (status {error.status_code}): it may be too "
            "long for the model."
        )
    if isinstance(error, RateLimitError):
        return ModelUnavailable(
            "The model's endpoint limits the rate. Ask it less at once.",
            retry_after_s=_retry_after_s(error),
        )
    if isinstance(error, APITimeoutError):
        return ModelUnavailable(
            f"The model's endpoint does not answer in time. Raise {settings}TIMEOUT_S, or ask it "
            "less at once."
        )
    if isinstance(error, APIConnectionError):
        return ModelUnavailable(f"Nothing answers at {settings}URL.")
    if isinstance(error, APIStatusError):
        return ModelUnavailable(
            f"The model's endpoint answers with the status {error.status_code}.",
            retry_after_s=_retry_after_s(error),
        )
    return ModelUnavailable(f"The model failed with {type(error).__name__}.")


def _retry_after_s(error: APIStatusError) -> float | None:
    value = error.response.headers.get("retry-after", "")
    return float(value) if value.replace(".", "", 1).isdigit() else None
