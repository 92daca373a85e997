"""The socket below IMAPClient: where it goes, how it is encrypted, how much it may bring."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Callable
from socket import socket

from imapclient import IMAPClient

from connectors.context import ConnectorContext
from connectors.imap.config import ImapConfig

_OVERHEAD_BYTES = 1024**2


class CheckedIMAPClient(IMAPClient):  # type: ignore[misc]  # Published without types.
    """Connects through the egress policy, and to nothing else."""

    def __init__(self, config: ImapConfig, context: ConnectorContext) -> None:
        self._config = config
        self._context = context
        # With ssl=True the library would make its own socket; ours is encrypted already.
        super().__init__(config.host, port=config.port_number, ssl=False, timeout=context.timeout_s)

    def _create_IMAP4(self) -> imaplib.IMAP4:  # noqa: N802  (the library's name)
        limit = self._context.max_file_bytes * 2 + _OVERHEAD_BYTES
        return _Connection(self.host, self.port, connect=self._connect, max_literal_bytes=limit)

    def _connect(self) -> socket:
        plain = self._context.egress.connect(
            self.host, self.port, timeout_s=self._context.timeout_s
        )
        if self._config.tls != "implicit":
            return plain
        try:
            return ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


class _Connection(imaplib.IMAP4):
    def __init__(
        self, host: str, port: int, *, connect: Callable[[], socket], max_literal_bytes: int
    ) -> None:
        self._connect_checked = connect
        self._max_literal_bytes = max_literal_bytes
        super().__init__(host, port)

    def _create_socket(self, timeout: float | None = None) -> socket:
        return self._connect_checked()

    def read(self, size: int) -> bytes:
        # A server says how much is to come, and the library makes room for it.
        if size > self._max_literal_bytes:
            raise self.abort(f"the server announced {size} bytes, more than were asked for")
        return super().read(size)
