"""One answer of a server, its body still to be read."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator

import httpx

from connectors.contract import SourceUnavailable
from connectors.downloads import require_size
from connectors.egress import HostNotFound
from connectors.http.decoding import EncodingDamaged, EncodingUnknown, decoded
from connectors.http.problems import TRANSPORT_ERRORS, problem_of_status, problem_of_transport
from connectors.http.retries import TryAgain, retry_after_s

# A server that sends a byte a minute is never late and never done.
_MIN_BYTES_PER_S = 1024


class Answer:
    """Valid until the function returns that it was given to."""

    def __init__(self, response: httpx.Response, *, url: str, timeout_s: float) -> None:
        self._response = response
        self._timeout_s = timeout_s
        self.status = response.status_code
        self.headers = response.headers
        self.url = url
        """The one that gave it, after redirects."""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_after_s(self) -> float | None:
        """What the server asks for; None where it says nothing."""
        return retry_after_s(self.headers.get("Retry-After"))

    @property
    def mime(self) -> str | None:
        """The media type without its parameters, in lower case."""
        value = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return value if "/" in value else None

    @property
    def declared_bytes(self) -> int | None:
        """The content's length where the server says it."""
        value = self.headers.get("Content-Length", "")
        is_known = value.isascii() and value.isdigit() and not self.headers.get("Content-Encoding")
        return int(value[:18]) if is_known else None

    def require_success(self) -> None:
        """Raises SourceMisconfigured, CredentialsRefused, SourceUnavailable by the status."""
        if not self.is_success:
            raise problem_of_status(self.status, retry_after_s=self.retry_after_s)

    def read(self, *, max_bytes: int) -> bytes:
        """The whole content. Raises FileTooLarge at the first byte too many."""
        content = bytearray()
        for piece in self.pieces():
            content += piece
            require_size(len(content), max_bytes=max_bytes)
        return bytes(content)

    def pieces(self) -> Generator[bytes, None, None]:
        """The content, decoded, in pieces of at most 64 KiB; ends only where the content does."""
        try:
            yield from decoded(self._raw(), self.headers.get("Content-Encoding", ""))
        except EncodingDamaged as error:
            raise TryAgain(
                SourceUnavailable("The server's answer is damaged, or was cut off.")
            ) from error
        except EncodingUnknown as error:
            raise SourceUnavailable(
                "The server's answer is compressed in a way that was not asked for."
            ) from error

    def _raw(self) -> Iterator[bytes]:
        began_at, received = time.monotonic(), 0
        try:
            for piece in self._response.iter_raw():
                yield piece
                received += len(piece)
                allowed_s = self._timeout_s + received / _MIN_BYTES_PER_S
                if time.monotonic() - began_at > allowed_s:
                    raise SourceUnavailable("The server sends its answer too slowly.")
        except (*TRANSPORT_ERRORS, HostNotFound) as error:
            raise problem_of_transport(error, timeout_s=self._timeout_s, has_begun=True) from error
