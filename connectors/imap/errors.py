"""The library's and the server's errors as the contract's."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from imapclient.exceptions import CapabilityError, LoginError, ProtocolError

from connectors.contract import CredentialsRefused, SourceMisconfigured, SourceUnavailable

_RESPONSE_CODE = re.compile(r"\[([A-Z]+)[^\]]*\]")
# Of RFC 5530 (and RFC 9051): they name a state that passes.
_TRANSIENT = {"UNAVAILABLE", "INUSE", "LIMIT"}
# Of one folder among others they say that it is broken, of a login nothing about the password.
_BROKEN = {"SERVERBUG", "CONTACTADMIN"}
_NEEDS_TLS = "PRIVACYREQUIRED"


class CommandRefused(Exception):
    """The server answered NO or BAD, or what nobody understands. It stays within this connector."""


@contextmanager
def translated() -> Iterator[None]:
    """For whatever speaks to the server, and what makes sense of its answers."""
    try:
        yield
    except LoginError as error:
        raise _login_refused(error) from error
    except CapabilityError as error:
        raise SourceMisconfigured(
            "The server does not offer what the source asks for: check tls and the credentials.",
            operator_detail=str(error),
        ) from error
    except imaplib.IMAP4.abort as error:
        raise SourceUnavailable(
            "The mail server closed the connection.", operator_detail=str(error)
        ) from error
    except ProtocolError as error:
        raise _not_understood() from error
    except imaplib.IMAP4.error as error:
        if response_code(error) in _TRANSIENT:
            raise SourceUnavailable("The mail server cannot answer now.") from error
        raise CommandRefused(str(error)) from error
    except ssl.SSLCertVerificationError as error:
        raise SourceMisconfigured(
            f"The mail server's certificate is not valid: {error.verify_message}."
        ) from error
    except TimeoutError as error:
        raise SourceUnavailable("The mail server did not answer in time.") from error
    except OSError as error:
        raise SourceUnavailable(
            "The mail server cannot be reached, or the connection broke.",
            operator_detail=str(error),
        ) from error
    # After those above, of which some are among these too.
    except (LookupError, TypeError, ValueError) as error:
        raise _not_understood() from error


def response_code(error: Exception) -> str | None:
    """What the server put in brackets for programs to read."""
    match = _RESPONSE_CODE.search(str(error))
    return None if match is None else match[1]


def _not_understood() -> CommandRefused:
    # The library's own text may be a message's.
    return CommandRefused("its answer cannot be understood")


def _login_refused(error: LoginError) -> Exception:
    if isinstance(error.__context__, imaplib.IMAP4.abort):
        return SourceUnavailable("The mail server closed the connection during the login.")
    code = response_code(error)
    if code in _TRANSIENT | _BROKEN:
        return SourceUnavailable("The mail server cannot take a login now.")
    if code == _NEEDS_TLS:
        return SourceMisconfigured("The mail server takes a login over TLS only: set tls.")
    return CredentialsRefused("The mail server refuses the user name, password or token.")
