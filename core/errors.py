"""The errors that Vouch raises on purpose. The class decides who acts and whether to try again.

Each error carries a stable `code` for programs, a `detail` that its receiver may read and that
says what to do, and `data` with the numbers behind it. Anything that is not a `VouchError` is a
bug.
"""

from __future__ import annotations

import re
from typing import ClassVar


class VouchError(Exception):
    """Base of every error raised on purpose.

    `detail` is safe to show to whoever made the request; `operator_detail`, where given, is for
    logs only. `data` holds scalar facts about the error, such as `limit_tokens=512`.
    """

    title: ClassVar[str] = "Error"

    def __init__(
        self,
        detail: str,
        *,
        operator_detail: str | None = None,
        **data: str | int | float | bool | None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.operator_detail = operator_detail
        self.data = data

    @property
    def code(self) -> str:
        """The class name in snake case: `DocumentNotFound` → `document_not_found`."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__).lower()


class RequestError(VouchError):
    """The caller can fix it. Never retried."""


class ConfigurationError(VouchError):
    """An operator or owner must act. Never retried."""

    title = "Configuration error"


class PermanentError(VouchError):
    """This one item can never succeed as it is: recorded on the item, and skipped."""

    title = "Permanent failure"


class TransientError(VouchError):
    """Worth another attempt, after `retry_after_s` seconds where the other side said so."""

    title = "Temporary failure"

    def __init__(
        self,
        detail: str,
        *,
        retry_after_s: float | None = None,
        operator_detail: str | None = None,
        **data: str | int | float | bool | None,
    ) -> None:
        super().__init__(detail, operator_detail=operator_detail, **data)
        self.retry_after_s = retry_after_s
