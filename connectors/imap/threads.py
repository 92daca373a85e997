"""Messages that answer each other, as the mirror knows them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

QUERY = """
    SELECT thread, folder, path, uid, message.uid_validity, message_id, key, subject, date, files
    FROM message JOIN folder ON folder.name = message.folder
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedFile:
    """`section` is the number by which its message hands it out."""

    section: str
    name: str
    mime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMessage:
    """A message, in one of the folders that it is in."""

    folder: str
    path: str
    """The folder's."""
    uid: int
    uid_validity: int
    message_id: str
    key: str
    subject: str
    date: datetime
    files: tuple[AttachedFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """`messages` are in the order of their dates, each once, and at least one."""

    name: str
    messages: tuple[ThreadMessage, ...]


def thread_of(name: str, rows: Iterable[Sequence[object]]) -> Thread:
    """From rows of QUERY, in the order of their messages."""
    # A message may be in several folders; the first by name stands for all. Some programs give
    # all that they send one id.
    messages: dict[tuple[str, datetime], ThreadMessage] = {}
    for row in rows:
        message = _message(row)
        messages.setdefault((message.message_id, message.date), message)
    return Thread(name=name, messages=tuple(messages.values()))


def _message(row: Sequence[object]) -> ThreadMessage:
    _, folder, path, uid, uid_validity, message_id, key, subject, date, files = row
    return ThreadMessage(
        folder=str(folder),
        path=str(path),
        uid=int(str(uid)),
        uid_validity=int(str(uid_validity)),
        message_id=str(message_id),
        key=str(key),
        subject=str(subject),
        date=datetime.fromisoformat(str(date)),
        files=tuple(
            AttachedFile(section=section, name=file, mime=mime)
            for section, file, mime in json.loads(str(files))
        ),
    )
