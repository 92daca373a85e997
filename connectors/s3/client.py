"""Asks an S3 system for pages of keys and for the bytes of one object, and waits where it must."""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as HTTPTimeoutError

from connectors.context import ConnectorContext
from connectors.contract import (
    DocumentUnreadable,
    DocumentVanished,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.downloads import require_size
from connectors.egress import HostNotFound
from connectors.s3.config import S3Config, S3Credentials
from connectors.s3.errors import Refused
from connectors.s3.session import new_client
from connectors.s3.transport import GuardedTransport

_MAX_ATTEMPTS = 4
_MAX_WAIT_S = 30.0
_FIRST_WAIT_S = 0.5
_PIECE_BYTES = 256 * 1024

# ClientError is what botocore makes of an error in an answer that began as a success.
_BROKEN = (
    HTTPError,
    OSError,
    HTTPClientError,
    IncompleteReadError,
    FlexibleChecksumError,
    ResponseParserError,
    ClientError,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Object:
    """One object as a page of the listing shows it."""

    key: str
    etag: str
    size_bytes: int
    updated_at: datetime | None
    storage_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some objects in the order of their keys. `next_token` is None on the last page."""

    objects: tuple[S3Object, ...]
    next_token: str | None


class S3Client:
    """One bucket. Safe to use from several threads."""

    def __init__(
        self,
        config: S3Config,
        credentials: S3Credentials | None,
        context: ConnectorContext,
        *,
        connections: int,
    ) -> None:
        self._bucket = config.bucket
        self._page_size = config.page_size
        self._context = context
        self._transport = GuardedTransport(
            context.egress, timeout_s=context.timeout_s, connections=connections
        )
        with _translated(is_for_object=False):
            self._s3 = new_client(config, credentials)
        self._s3.meta.events.register_first("before-send.s3", self._transport.send)

    def close(self) -> None:
        self._s3.close()
        self._transport.close()

    def page(self, prefix: str, *, after: str | None, token: str | None = None) -> Page:
        """The keys that begin with `prefix` and come after one; `token` goes on where a page ended
        that had no key.
        """
        asked: dict[str, Any] = {
            "Bucket": self._bucket,
            "Prefix": prefix,
            "MaxKeys": self._page_size,
        }
        if token is not None:
            asked["ContinuationToken"] = token
        elif after is not None:
            asked["StartAfter"] = after
        return self.patiently(lambda: self._page(asked))

    def is_readable(self, key: str) -> bool:
        """Whether the object would be handed out; also when it has gone."""

        def ask() -> bool:
            try:
                with _translated(is_for_object=True):
                    self._s3.head_object(Bucket=self._bucket, Key=key)
            except DocumentUnreadable:
                return False
            except DocumentVanished:
                pass
            return True

        return self.patiently(ask)

    def pieces(self, key: str) -> Generator[bytes]:
        """The object's bytes as they are now: all of them, or an exception. Asks once.

        Raises what `Connector.fetch` raises.
        """
        with _translated(is_for_object=True):
            answer = self._s3.get_object(Bucket=self._bucket, Key=key)
            body = answer["Body"]
            try:
                _require_end(answer)
                require_size(answer.get("ContentLength", 0), max_bytes=self._context.max_file_bytes)
                yield from body.iter_chunks(_PIECE_BYTES)
            finally:
                body.close()

    def patiently(self, ask: Callable[[], T]) -> T:
        """What `ask` returns, in a few attempts while it raises SourceUnavailable."""
        deadline = time.monotonic() + _MAX_WAIT_S
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            self._context.pacer.wait()
            try:
                return ask()
            except SourceUnavailable as error:
                wait_s = error.retry_after_s
                if wait_s is None:
                    # Not all of the workers at the same moment.
                    wait_s = _FIRST_WAIT_S * 2 ** (attempt - 1) * random.uniform(0.5, 1)  # noqa: S311
                if attempt == _MAX_ATTEMPTS or time.monotonic() + wait_s > deadline:
                    raise
                self._context.pacer.hold_back(wait_s)
        raise AssertionError("the last attempt returns or raises")

    def _page(self, asked: dict[str, Any]) -> Page:
        with _translated(is_for_object=False):
            answer = self._s3.list_objects_v2(**asked)
        try:
            is_truncated = answer["IsTruncated"]
            objects = tuple(_parse_object(item) for item in answer.get("Contents", ()))
        except KeyError as error:
            raise SourceMisconfigured(
                "What answers there is not a bucket. Set `endpoint_url` to the address of the "
                "system's S3 interface."
            ) from error
        return Page(
            objects=objects,
            next_token=answer.get("NextContinuationToken", "") if is_truncated else None,
        )


def _parse_object(item: dict[str, Any]) -> S3Object:
    return S3Object(
        key=item["Key"],
        etag=item.get("ETag", "").strip('"'),
        size_bytes=item["Size"],
        updated_at=item.get("LastModified"),
        storage_class=item.get("StorageClass", "STANDARD"),
    )


def _require_end(answer: dict[str, Any]) -> None:
    """An answer that ends when its connection does might be half of one."""
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    if "ContentLength" not in answer and "transfer-encoding" not in headers:
        raise SourceUnavailable("The system does not say how long the object is.")


@contextmanager
def _translated(*, is_for_object: bool) -> Iterator[None]:
    """Vendor exceptions become ours. What the egress policy raises passes, HostNotFound aside."""
    try:
        yield
    except Refused as refused:
        raise refused.refusal.error(is_for_object=is_for_object) from refused
    except HostNotFound as error:
        raise SourceUnavailable(error.detail) from error
    except SSLError as error:
        raise _certificate_error(error) from error
    except HTTPTimeoutError as error:
        raise SourceUnavailable("The system did not answer in time.") from error
    except NewConnectionError as error:
        raise SourceUnavailable("No connection to the system came about.") from error
    except _BROKEN as error:
        raise SourceUnavailable("The system's answer broke off, or cannot be read.") from error
    except BotoCoreError as error:
        raise SourceMisconfigured(
            f"The bucket cannot be asked for as it is configured ({type(error).__name__}). Look at "
            "`bucket`, `region`, `endpoint_url` and `addressing`."
        ) from error


def _certificate_error(error: SSLError) -> SourceMisconfigured | SourceUnavailable:
    if error.args and isinstance(error.args[0], ssl.SSLCertVerificationError):
        return SourceMisconfigured(
            "The system's certificate is not one that Vouch trusts, or is another host's."
        )
    return SourceUnavailable("No secure connection to the system came about.")
