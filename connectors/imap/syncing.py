"""Brings what is known of the mailbox up to date."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.contract import ListingFailure, SourceMisconfigured
from connectors.filesystem.globs import glob_pattern
from connectors.imap.client import Folder, ImapClient, Session
from connectors.imap.config import ImapConfig
from connectors.imap.errors import CommandRefused
from connectors.imap.mirror import Mirror

_BATCH_MESSAGES = 500


class MailboxSync:
    """Reads the headers of new messages, and forgets the messages that are gone."""

    def __init__(self, config: ImapConfig, client: ImapClient, mirror: Mirror) -> None:
        self._config = config
        self._client = client
        self._mirror = mirror
        self._include = [glob_pattern(glob) for glob in config.include]
        self._exclude = [glob_pattern(glob) for glob in config.exclude]

    def folders(self, session: Session) -> list[Folder]:
        """Those of the scope. Raises SourceMisconfigured if there is none."""
        try:
            listed = session.folders()
        except CommandRefused as error:
            raise SourceMisconfigured("The mail server lists no folders for this user.") from error
        skipped = [f.path for f in listed if f.uses.intersection(self._config.skip_special)]
        found = [folder for folder in listed if self._is_in_scope(folder.path, skipped)]
        if not found:
            names = ", ".join(folder.path for folder in listed[:20])
            raise SourceMisconfigured(f"No folder is included. There are: {names}.")
        return found

    def run(self) -> list[ListingFailure]:
        """Of a folder that cannot be read, what was known stays known."""
        with self._client.session() as session:
            folders = self.folders(session)
            failures = [failure for folder in folders for failure in self._try(session, folder)]
        self._mirror.keep_folders(folder.name for folder in folders)
        self._mirror.make_threads()
        return failures

    def _is_in_scope(self, path: str, skipped: list[str]) -> bool:
        if any(path == other or path.startswith(f"{other}/") for other in skipped):
            return False
        return any(p.fullmatch(path) for p in self._include) and not any(
            p.fullmatch(path) for p in self._exclude
        )

    def _try(self, session: Session, folder: Folder) -> Iterator[ListingFailure]:
        try:
            self._update(session, folder)
        except CommandRefused as error:
            yield ListingFailure(
                path_prefix=f"{folder.path}/",
                code="folder_unreadable",
                detail=f"The mail server does not open the folder: {error}",
            )

    def _update(self, session: Session, folder: Folder) -> None:
        # Asked before the messages: whatever comes meanwhile makes the next state another one.
        state = session.state(folder.name)
        known = self._mirror.folder_state(folder.name)
        # Without a count of changes, a mark as deleted shows only among the messages themselves.
        if known is not None and known[1] == state and state.mod_sequence is not None:
            return
        uid_validity = session.open(folder.name)
        self._mirror.begin_folder(folder, uid_validity)
        old = set(self._mirror.uids(folder.name))
        new: list[int] = []
        for uid in session.live_uids(uid_next=state.uid_next, since=self._config.since):
            if uid in old:
                old.remove(uid)
            else:
                new.append(uid)
        if old:
            self._mirror.remove(folder.name, old)
        for start in range(0, len(new), _BATCH_MESSAGES):
            messages = session.messages(new[start : start + _BATCH_MESSAGES])
            self._mirror.add(folder.name, messages)
        self._mirror.end_folder(folder.name, state)
