"""Outlook messages: oxmsg opens the container, and the message becomes what an `.eml` becomes.

Not unstructured's `partition_msg`: it stands on the same library, has a language model tag every
word, takes every recipient for a "To", and weighs half a gigabyte (docs/decisions/0006).
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from ingest.parsers.contract import ParsedDocument, parsed_or_no_text
from ingest.parsers.zips import damaged, reporting_damage

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class MsgParser:
    """The headers as first block, then the body; attachments are named, not read."""

    suffixes: ClassVar[frozenset[str]] = frozenset({".msg"})
    mime_types: ClassVar[frozenset[str]] = frozenset({"application/vnd.ms-outlook"})

    def parse(self, path: Path) -> ParsedDocument:
        with path.open("rb") as file:
            if file.read(len(_OLE_MAGIC)) != _OLE_MAGIC:
                raise damaged(".msg")
        from ingest.parsers.outlook import OutlookMessage

        with reporting_damage(".msg"):
            message = OutlookMessage(path)
            return parsed_or_no_text(message.header("Subject") or None, message.blocks())
