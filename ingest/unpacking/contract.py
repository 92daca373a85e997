"""What an unpacker promises: one container in, its members one by one, nothing lost in silence."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Protocol


class FailureCode(StrEnum):
    """Why a member, or what a container holds, was not taken out."""

    ENCRYPTED = "encrypted_document"
    UNSAFE_NAME = "unsafe_name"
    NAME_TOO_LONG = "name_too_long"
    DUPLICATE_NAME = "duplicate_name"
    LINK = "link"
    SPECIAL_FILE = "special_file"
    DAMAGED = "damaged"
    OVERLAPPING = "overlapping"
    UNSUPPORTED = "unsupported_format"
    TOO_LARGE = "document_too_large"
    SUSPICIOUS_RATIO = "suspicious_ratio"
    NESTED_TOO_DEEPLY = "nested_too_deeply"
    TOO_MANY_MEMBERS = "too_many_members"
    UNPACKS_TOO_LARGE = "unpacks_too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackLimits:
    """How much may come out of one file, with everything nested in it."""

    max_members: int = 1_000
    max_unpacked_bytes: int = 500 * 1024**2
    max_member_bytes: int = 100 * 1024**2
    max_member_ratio: int = 200
    """Unpacked to packed bytes. Deflate reaches 1,032; what is small unpacked may have any."""
    max_depth: int = 3
    """Containers within containers; 1 opens the outermost alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file that was taken out. `name` is its relative path, unique within the unpacked file; what
    lies in a nested container is named below it: `mail.eml/report.pdf`.
    """

    name: str
    mime: str | None
    file: Path
    size_bytes: int
    content_hash: str
    modified_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFailure:
    """Something that was not taken out.

    With the name of a Member: that nested container was, and some of what it holds was not. With
    the name "": the unpacked file itself holds more than was taken out.
    """

    name: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """Everything that came out of one file, what is nested in it last."""

    members: tuple[Member, ...]
    failures: tuple[MemberFailure, ...]


class MemberRefused(Exception):
    """This member cannot be taken out; the others may."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class LimitReached(MemberRefused):
    """What comes next is not taken out either: the whole file has given as much as it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file within a container, as the container describes it.

    `chunks` gives its bytes, once, before the next entry is asked for; it raises MemberRefused.
    `size_bytes` and `packed_bytes` are what the container states, where it does.
    """

    name: str
    chunks: Callable[[], Iterator[bytes]]
    mime: str | None = None
    size_bytes: int | None = None
    packed_bytes: int | None = None
    modified_at: datetime | None = None


Entries = Generator[Entry | MemberFailure, None, None]


class Unpacker(Protocol):
    """Opens one family of containers. Stateless: one instance serves many files."""

    suffixes: ClassVar[frozenset[str]]
    """Lower-case file name endings with their dots, such as ".tar.gz"."""

    mime_types: ClassVar[frozenset[str]]

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins with these bytes (up to 512) is surely a container of this
        family; False for a family without a signature.
        """
        ...

    def entries(self, path: Path, *, limits: UnpackLimits) -> Entries:
        """What the container holds, lazily and in its order; folders are left out.

        Holds no more than a part of one member in memory where the format allows. Raises ParseError
        when the container cannot be read (any further), and LimitReached.
        """
        ...
