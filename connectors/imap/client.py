"""One mail server: a few sessions, each for one thread at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.context import ConnectorContext
from connectors.contract import (
    DocumentUnreadable,
    DocumentVanished,
    FileTooLarge,
    SourceUnavailable,
)
from connectors.imap.config import ImapConfig, ImapCredentials
from connectors.imap.login import logged_in
from connectors.imap.session import Session

_MAX_SESSIONS = 2


class ImapClient:
    """Safe to use from several threads, of which each gets a session of its own."""

    def __init__(
        self, config: ImapConfig, credentials: ImapCredentials, context: ConnectorContext
    ) -> None:
        self._config = config
        self._credentials = credentials
        self._context = context
        self._free = threading.BoundedSemaphore(_MAX_SESSIONS)
        self._lock = threading.Lock()
        self._idle: list[Session] = []

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One that nobody else uses. After an error it is not used again."""
        if not self._free.acquire(timeout=self._context.timeout_s * 2):
            raise SourceUnavailable("The mail server's sessions are all in use.")
        try:
            session = self._take()
            is_sound = False
            try:
                yield session
                is_sound = True
            except (DocumentVanished, DocumentUnreadable, FileTooLarge, GeneratorExit):
                # Found between two requests, so the next begins where this one ended.
                is_sound = True
                raise
            finally:
                self._give_back(session, is_sound=is_sound)
        finally:
            self._free.release()

    def close(self) -> None:
        """End the sessions that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def _give_back(self, session: Session, *, is_sound: bool) -> None:
        if not is_sound:
            session.abandon()
            return
        with self._lock:
            self._idle.append(session)

    def _take(self) -> Session:
        while True:
            with self._lock:
                session = self._idle.pop() if self._idle else None
            if session is None:
                return logged_in(self._config, self._credentials, self._context)
            if session.is_alive():
                return session
            session.abandon()
