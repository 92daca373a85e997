"""How a session with a mail server begins."""

from __future__ import annotations

import contextlib
import ssl
from typing import Any

from connectors.context import ConnectorContext
from connectors.contract import SourceMisconfigured, SourceUnavailable
from connectors.imap.config import ImapConfig, ImapCredentials
from connectors.imap.errors import CommandRefused, translated
from connectors.imap.session import Session
from connectors.imap.transport import CheckedIMAPClient


def logged_in(
    config: ImapConfig, credentials: ImapCredentials, context: ConnectorContext
) -> Session:
    """A new session. Raises what `Connector.check` raises."""
    context.pacer.wait()
    try:
        with translated():
            client = CheckedIMAPClient(config, context)
            try:
                _begin(client, config, credentials)
            except BaseException:
                with contextlib.suppress(OSError):
                    client.shutdown()
                raise
    except CommandRefused as error:
        raise SourceUnavailable(
            "The mail server turned the connection away.", operator_detail=str(error)
        ) from error
    return Session(client, context)


def _begin(client: Any, config: ImapConfig, credentials: ImapCredentials) -> None:
    # At this level the library logs every line, bodies and tokens too.
    client._imap.debug = 0
    # Local times without a zone are another hour in summer than in winter.
    client.normalise_times = False
    if config.tls == "starttls":
        # Whoever is between us and the server may have left it out of the server's answer.
        if not client.has_capability("STARTTLS"):
            raise SourceMisconfigured("The mail server does not offer STARTTLS.")
        client.starttls(ssl.create_default_context())
    if credentials.access_token is not None:
        client.oauth2_login(credentials.username, credentials.access_token.get_secret_value())
    elif credentials.password is not None:
        _give_password(client, credentials.username, credentials.password.get_secret_value())


def _give_password(client: Any, user: str, password: str) -> None:
    # LOGIN has no way to send other letters than ASCII's.
    is_plain_needed = not f"{user}{password}".isascii() or client.has_capability("LOGINDISABLED")
    if not is_plain_needed:
        client.login(user, password)
    elif client.has_capability("AUTH=PLAIN"):
        client.plain_login(user, password)
    else:
        raise SourceMisconfigured(
            "The mail server takes no login in this way: use TLS, and letters of ASCII alone."
        )
