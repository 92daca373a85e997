"""Brings what is known of the mailbox up to date."""

from __future__ import annotations

from connectors.contract import ListingFailure, SourceMisconfigured, SourceUnavailable
from connectors.imap.client import ImapClient
from connectors.imap.config import ImapConfig
from connectors.imap.errors import CommandRefused
from connectors.imap.mirror import Mirror
from connectors.imap.session import Folder, Session
from connectors.selection import Selection

_BATCH_MESSAGES = 500
_WILDCARDS = frozenset("*?")


class MailboxSync:
    """Reads the headers of new messages, and forgets the messages that are gone."""

    def __init__(self, config: ImapConfig, client: ImapClient, mirror: Mirror) -> None:
        self._config = config
        self._client = client
        self._mirror = mirror
        self._selection = Selection(include=config.include, exclude=config.exclude)

    def folders(self, session: Session) -> list[Folder]:
        """Those of the scope. Raises SourceMisconfigured if there is none."""
        try:
            listed = session.folders()
        except CommandRefused as error:
            raise SourceMisconfigured("The mail server lists no folders for this user.") from error
        self._require_named(listed)
        skipped = [f.path for f in listed if f.uses.intersection(self._config.skip_special)]
        found = [
            folder
            for folder in listed
            if self._selection.has(folder.path)
            and not any(folder.path == s or folder.path.startswith(f"{s}/") for s in skipped)
        ]
        if not found:
            raise SourceMisconfigured(f"No folder is included. {_names(listed)}")
        return found

    def run(self) -> list[ListingFailure]:
        """Of a folder that cannot be read, what was known stays known."""
        with self._client.session() as session:
            folders = self.folders(session)
            failures, has_lost = self._update_all(session, folders)
            if has_lost:
                # To a folder that had been read already, a message may have been moved meanwhile.
                failures, _ = self._update_all(session, folders)
        self._mirror.keep_folders(folder.name for folder in folders)
        self._mirror.make_threads()
        return failures

    def _require_named(self, listed: list[Folder]) -> None:
        """A folder that was taken away by mistake is not an empty one."""
        paths = {folder.path for folder in listed}
        missing = [g for g in self._config.include if not _WILDCARDS & set(g) and g not in paths]
        if missing:
            raise SourceMisconfigured(
                f"There is no folder {missing[0]!r}. {_names(listed)}",
            )

    def _update_all(
        self, session: Session, folders: list[Folder]
    ) -> tuple[list[ListingFailure], bool]:
        """What failed, and whether messages are gone from where they were."""
        failures = []
        has_lost = False
        for folder in folders:
            try:
                has_lost |= self._update(session, folder)
            except CommandRefused as error:
                detail = f"The mail server does not open the folder: {error}"
                failures.append(
                    ListingFailure(
                        path_prefix=f"{folder.path}/", code="folder_unreadable", detail=detail
                    )
                )
        return failures, has_lost

    def _update(self, session: Session, folder: Folder) -> bool:
        """Whether messages are gone from the folder."""
        # Asked before the messages: whatever comes meanwhile makes the next state another one.
        state = session.state(folder.name)
        # Without a count of changes, a mark as deleted shows only among the messages themselves.
        if state.mod_sequence is not None and self._mirror.folder_state(folder.name) == state:
            return False
        if session.open(folder.name) != state.uid_validity:
            raise SourceUnavailable("A folder was made anew while it was read.")
        self._mirror.begin_folder(folder, state.uid_validity)
        old = set(self._mirror.uids(folder.name, state.uid_validity))
        new: list[int] = []
        for uid in session.live_uids(state, since=self._config.since):
            if uid in old:
                old.remove(uid)
            else:
                new.append(uid)
        if old:
            self._mirror.remove(folder.name, state.uid_validity, old)
        for start in range(0, len(new), _BATCH_MESSAGES):
            messages = session.messages(new[start : start + _BATCH_MESSAGES])
            self._mirror.add(folder.name, state.uid_validity, messages)
        self._mirror.end_folder(folder.name, state)
        return bool(old)


def _names(folders: list[Folder]) -> str:
    names = ", ".join(folder.path for folder in folders[:20])
    return f"There are: {names}." if names else "There are none."
