"""What an S3 system's refusal means for a source."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.contract import (
    CredentialsRefused,
    DocumentUnreadable,
    DocumentVanished,
    SourceMisconfigured,
    SourceUnavailable,
)
from core.errors import VouchError

_CODE = re.compile(rb"<Code>([A-Za-z0-9._-]{1,64})</Code>")
_REGION_IN_BODY = re.compile(rb"<Region>([a-z0-9-]{1,40})</Region>")
_REGION = re.compile(r"[a-z0-9-]{1,40}")

_COME_BACK_LATER = frozenset(
    """SlowDown ServiceUnavailable InternalError RequestTimeout RequestLimitExceeded Busy
    TooManyRequests Throttling ThrottlingException BandwidthLimitExceeded OperationAborted
    TemporaryRedirect XMinioServerNotInitialized""".split()
)
_BAD_CREDENTIALS = frozenset(
    """InvalidAccessKeyId SignatureDoesNotMatch InvalidToken InvalidSecurity AccountProblem
    NotSignedUp AllAccessDisabled CredentialsNotSupported UnauthorizedAccess""".split()
)
_EXPIRED = frozenset(("ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"))
_WRONG_REGION = frozenset(
    """PermanentRedirect AuthorizationHeaderMalformed IllegalLocationConstraintException
    InvalidRegion""".split()
)
_CLOCK = frozenset(("RequestTimeTooSkewed", "RequestExpired"))
_NO_BUCKET = frozenset(("NoSuchBucket", "InvalidBucketName"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that is not a success, without the parts that may quote the request."""

    status: int
    code: str | None
    region: str | None
    retry_after_s: float | None

    @classmethod
    def of(cls, status: int, headers: Mapping[str, str], body: bytes) -> Refusal:
        code = _CODE.search(body)
        region = headers.get("x-amz-bucket-region")
        if region is None and (in_body := _REGION_IN_BODY.search(body)):
            region = in_body[1].decode("ascii")
        return cls(
            status=status,
            code=code[1].decode("ascii") if code else None,
            region=region if region and _REGION.fullmatch(region) else None,
            retry_after_s=_seconds(headers.get("Retry-After")),
        )

    def error(self, *, is_for_object: bool) -> VouchError:
        """What to raise. `is_for_object`: it was about one object and not about the bucket."""
        code = self.code or ""
        if self.status in (429, 500, 502, 503, 504) or code in _COME_BACK_LATER:
            return SourceUnavailable(
                f"The bucket's system cannot answer now ({self._shown}).",
                retry_after_s=self.retry_after_s,
            )
        return (
            self._credentials_error(code)
            or self._address_error(code)
            or (self._object_error(code) if is_for_object else self._bucket_error(code))
        )

    def _credentials_error(self, code: str) -> VouchError | None:
        if code in _EXPIRED:
            return CredentialsRefused(
                "The session token has expired. Enter new credentials; for a source that is "
                "synced again and again, those of a user that has no session token."
            )
        if code in _BAD_CREDENTIALS or self.status == 401:
            return CredentialsRefused(
                f"The system does not take the access key or its secret ({self._shown}). "
                "Enter them again."
            )
        if code in _CLOCK:
            return SourceMisconfigured(
                "The system's clock and this machine's are too far apart. Set this machine's."
            )
        return None

    def _address_error(self, code: str) -> VouchError | None:
        if code in _WRONG_REGION or (self.region and self.status in (301, 400)):
            where = f"in the region {self.region}" if self.region else "in another region"
            return SourceMisconfigured(f"The bucket is {where}. Set `region`.")
        if 300 <= self.status < 400:
            return SourceMisconfigured(
                f"The system answers with a redirect ({self._shown}), which is not followed. "
                "Set `endpoint_url` and `region` to where the bucket is."
            )
        return None

    def _bucket_error(self, code: str) -> VouchError:
        if code in _NO_BUCKET or self.status == 404:
            return SourceMisconfigured("The bucket does not exist there.")
        if self.status == 403:
            return CredentialsRefused(
                "The bucket may not be listed. Grant s3:ListBucket on it for these prefixes."
            )
        return SourceMisconfigured(f"The system refuses to list the bucket ({self._shown}).")

    def _object_error(self, code: str) -> VouchError:
        if code == "InvalidObjectState":
            return DocumentUnreadable("The object is archived. Restore it.")
        if self.status == 403:
            return DocumentUnreadable(
                "The object may not be read. Grant s3:GetObject on it, and kms:Decrypt on its key."
            )
        if self.status in (404, 410):
            return DocumentVanished("The object was gone when it was to be read.")
        return DocumentUnreadable(f"The system refuses to hand the object out ({self._shown}).")

    @property
    def _shown(self) -> str:
        return f"{self.status} {self.code}" if self.code else str(self.status)


class Refused(Exception):
    """An answer that is not a success, on its way to whoever knows what was asked."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


def _seconds(value: str | None) -> float | None:
    """Of Retry-After. S3 and its likes give seconds; a date is left to our own patience."""
    return float(value) if value and re.fullmatch(r"[0-9]{1,6}", value.strip()) else None
