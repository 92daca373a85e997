"""Posts JSON to one address: again where that may help, and never past a deadline."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from pydantic import SecretStr

from retrieval.rerankers.contract import (
    RerankerMisconfigured,
    RerankerReplyInvalid,
    RerankerUnavailable,
)

_MAX_ATTEMPTS = 3
_FIRST_PAUSE_S = 0.1
# A thousand scores are about 60 KB; a server that repeats the passages sends a few MB.
_MAX_REPLY_BYTES = 8 * 1024**2
# Besides 5xx; 424 is what TEI answers when its model has failed.
_TRY_AGAIN = frozenset({408, 424, 425, 429})


class PatientClient:
    """Safe to use from several threads. Nothing of the environment counts, neither proxies nor
    .netrc, and redirects are not followed: the key is for this address alone.
    """

    def __init__(self, url: str, *, api_key: SecretStr | None) -> None:
        headers = {"User-Agent": "Vouch/1.0", "Accept-Encoding": "identity"}
        if api_key is not None:
            headers["Authorization"] = f"Bearer {_spent(api_key)}"
        self._url = url
        self._client = httpx.Client(headers=headers, trust_env=False)

    def post(self, body: dict[str, Any], *, deadline: float) -> bytes:
        """The reply's body, where the status is 200. `deadline` is a reading of time.monotonic.

        Raises RerankerUnavailable when the deadline has passed, or would pass before the pause
        that the server asked for; RerankerMisconfigured for a request that is refused.
        """
        pause_s = _FIRST_PAUSE_S
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            try:
                return self._post_once(body, deadline=deadline)
            except RerankerUnavailable as error:
                jittered_s = pause_s * random.uniform(0.75, 1.25)  # noqa: S311  (no secret)
                next_pause_s = max(jittered_s, error.retry_after_s or 0.0)
                is_last = attempt == _MAX_ATTEMPTS
                if is_last or time.monotonic() + next_pause_s >= deadline:
                    raise
            time.sleep(next_pause_s)
            pause_s *= 2
        raise AssertionError("the last attempt returns or raises")

    def close(self) -> None:
        self._client.close()

    def _post_once(self, body: dict[str, Any], *, deadline: float) -> bytes:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise RerankerUnavailable("The rerank endpoint took too long.")
        try:
            with self._client.stream("POST", self._url, json=body, timeout=left_s) as response:
                _require_success(response)
                return _read(response, deadline=deadline)
        except httpx.TimeoutException as error:
            raise RerankerUnavailable("The rerank endpoint took too long.") from error
        except httpx.HTTPError as error:
            raise RerankerUnavailable(
                "The rerank endpoint does not answer.",
                operator_detail=f"{type(error).__name__}: {error}",
            ) from error


def _spent(api_key: SecretStr) -> str:
    key = api_key.get_secret_value()
    # Otherwise the library's error, which shows the header, would reach the log.
    if not (key.isascii() and key.isprintable() and key.strip() == key != ""):
        raise RerankerMisconfigured(
            "VOUCH_RERANKER__API_KEY holds characters that no key has, such as a line's end."
        )
    return key


def _require_success(response: httpx.Response) -> None:
    """Of a refusal only the status is said: its body may quote the question or a passage."""
    status = response.status_code
    if status == 200:
        return
    if status in _TRY_AGAIN or status >= 500:
        raise RerankerUnavailable(
            f"The rerank endpoint answers with the status {status}.",
            retry_after_s=_retry_after_s(response.headers.get("Retry-After")),
            status=status,
        )
    if status in {401, 403}:
        raise RerankerMisconfigured(
            f"The rerank endpoint refuses access (status {status}). Check VOUCH_RERANKER__API_KEY.",
            status=status,
        )
    if status in {413, 422}:
        raise RerankerMisconfigured(
            f"The rerank endpoint does not take so much, or not in this form (status {status}). "
            "Lower VOUCH_RERANKER__BATCH_SIZE, or check VOUCH_RERANKER__DIALECT.",
            status=status,
        )
    raise RerankerMisconfigured(
        f"The rerank endpoint does not take the request (status {status}). Check "
        "VOUCH_RERANKER__URL, VOUCH_RERANKER__DIALECT and VOUCH_RERANKER__MODEL.",
        status=status,
    )


def _read(response: httpx.Response, *, deadline: float) -> bytes:
    content = bytearray()
    for piece in response.iter_raw():
        content += piece
        if len(content) > _MAX_REPLY_BYTES:
            raise RerankerReplyInvalid("The rerank endpoint's reply has no end.")
        # A server that sends a byte now and then is never late for httpx.
        if time.monotonic() > deadline:
            raise RerankerUnavailable("The rerank endpoint sends its reply too slowly.")
    return bytes(content)


def _retry_after_s(value: str | None) -> float | None:
    """Seconds from now, of a number or a date; None where the header says nothing."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
