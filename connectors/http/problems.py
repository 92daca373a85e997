"""What a status or a broken connection means for a source."""

from __future__ import annotations

import ssl

import httpcore

from connectors.contract import CredentialsRefused, SourceMisconfigured, SourceUnavailable
from connectors.egress import HostNotFound
from connectors.http.retries import TryAgain

TRY_AGAIN = frozenset({429, 502, 503, 504})
TRANSPORT_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
)


def problem_of_status(
    status: int, *, retry_after_s: float | None = None
) -> SourceMisconfigured | SourceUnavailable:
    """What an answer comes to that is no success, where the connector knows no better."""
    if status in {401, 403, 407}:
        return CredentialsRefused(
            f"The server refuses access (status {status}). Give this source credentials that may "
            "read its scope and have not expired.",
            status=status,
        )
    if status in {404, 410}:
        return SourceMisconfigured(
            f"There is nothing at this address (status {status}), or the credentials do not "
            "reach it.",
            status=status,
        )
    if status in {408, 425, 429} or status >= 500:
        return SourceUnavailable(
            f"The server answers with the status {status}.",
            retry_after_s=retry_after_s,
            status=status,
        )
    return SourceMisconfigured(
        f"The server does not take the request (status {status}). Is the address the right one?",
        status=status,
    )


def problem_of_transport(
    error: Exception, *, timeout_s: float, has_begun: bool
) -> TryAgain | SourceMisconfigured:
    """What to raise for one of TRANSPORT_ERRORS or HostNotFound, from it."""
    if isinstance(error, HostNotFound):
        return TryAgain(SourceUnavailable(error.detail))
    if _is_untrusted(error):
        return SourceMisconfigured(
            "The server's certificate is not trusted: it must be valid, made out to the name in "
            "the address, and signed by a public authority.",
            operator_detail=str(error),
        )
    detail = "The server does not answer."
    if has_begun:
        detail = "The connection to the server broke off in the middle of an answer."
    is_timeout = isinstance(error, httpcore.TimeoutException)
    return TryAgain(
        SourceUnavailable(detail, operator_detail=f"{type(error).__name__}: {error}"),
        waited_s=timeout_s if is_timeout else 0.0,
    )


def _is_untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
