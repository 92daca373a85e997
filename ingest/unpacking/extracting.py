"""Taking everything out of one file and of what is nested in it, within the limits."""

from __future__ import annotations

import hashlib
from collections import deque
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ingest.parsers.contract import ParseError
from ingest.unpacking.contract import (
    Entry,
    FailureCode,
    LimitReached,
    Member,
    MemberFailure,
    MemberRefused,
    Unpacked,
    UnpackLimits,
)
from ingest.unpacking.limits import has_suspicious_ratio
from ingest.unpacking.names import is_litter, mime_of, safe_path, shown_name
from ingest.unpacking.registry import find_unpacker, unpacker_for

# As the catalog keeps the hashes of documents' content.
_HASH_CHARS = 32
_NO_TYPE = "application/octet-stream"


def unpack_file(
    path: Path, *, filename: str, mime: str | None, into: Path, limits: UnpackLimits
) -> Unpacked:
    """Write the members into the empty folder `into`, as files named 0, 1, …

    Nested containers are members, and are opened after everything beside them, so that no bomb
    inside takes the room of its neighbours.

    Raises UnsupportedFormat or another ParseError if nothing can be taken out of the file itself;
    OSError if a member cannot be written.
    """
    extraction = _Extraction(into, limits)
    extraction.take_out(_Container(path=path, filename=filename, mime=mime, name="", depth=1))
    return extraction.result()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Container:
    """`name` is that of its Member; the outermost has none. `depth` counts from 1."""

    path: Path
    filename: str
    mime: str | None
    name: str
    depth: int


class _Extraction:
    """What has been taken out so far."""

    def __init__(self, into: Path, limits: UnpackLimits) -> None:
        self._into = into
        self._limits = limits
        self._members: list[Member] = []
        self._failures: list[MemberFailure] = []
        self._names: set[str] = set()
        self._size_bytes = 0
        self._nested: deque[_Container] = deque()

    def result(self) -> Unpacked:
        return Unpacked(members=tuple(self._members), failures=tuple(self._failures))

    def take_out(self, outermost: _Container) -> None:
        self._nested.append(outermost)
        try:
            while self._nested:
                container = self._nested.popleft()
                try:
                    self._open(container)
                except ParseError as error:
                    if container is outermost and not self._members and not self._failures:
                        raise
                    self._fail(container.name, error.code, error.detail)
                except (LimitReached, OSError):
                    raise
                except Exception:
                    # A bug of an unpacker, which costs its own container and no other.
                    if container is outermost:
                        raise
                    self._fail(container.name, FailureCode.DAMAGED, "It could not be opened.")
        except LimitReached as error:
            self._fail("", error.code, error.detail)

    def _open(self, container: _Container) -> None:
        if container.depth > self._limits.max_depth:
            self._fail(
                container.name,
                FailureCode.NESTED_TOO_DEEPLY,
                f"It is nested more than {self._limits.max_depth} deep, and is not opened.",
            )
            return
        unpacker = unpacker_for(container.path, filename=container.filename, mime=container.mime)
        with closing(unpacker.entries(container.path, limits=self._limits)) as entries:
            for entry in entries:
                if is_litter(entry.name):
                    continue
                if len(self._members) + len(self._failures) >= self._limits.max_members:
                    raise LimitReached(
                        FailureCode.TOO_MANY_MEMBERS,
                        f"It holds more than {self._limits.max_members:,} files; the rest is not "
                        "read.",
                    )
                if isinstance(entry, MemberFailure):
                    self._fail(_below(container, entry.name), entry.code, entry.detail)
                    continue
                try:
                    self._store(container, entry)
                except LimitReached:
                    raise
                except MemberRefused as error:
                    name = _below(container, shown_name(entry.name))
                    self._fail(name, error.code, error.detail)

    def _store(self, container: _Container, entry: Entry) -> None:
        name = _below(container, safe_path(entry.name))
        if name in self._names:
            raise MemberRefused(
                FailureCode.DUPLICATE_NAME, "Another file of the archive has the same name."
            )
        self._check_stated_size(entry)
        file = self._into / str(len(self._members))
        content_hash, size_bytes = self._write(entry, file)
        self._size_bytes += size_bytes
        self._names.add(name)
        member = Member(
            name=name,
            mime=mime_of(name) if entry.mime in (None, _NO_TYPE) else entry.mime,
            file=file,
            size_bytes=size_bytes,
            content_hash=content_hash,
            modified_at=entry.modified_at,
        )
        self._members.append(member)
        filename = name.rpartition("/")[2]
        if find_unpacker(filename, mime=member.mime) is not None:
            self._nested.append(
                _Container(
                    path=file,
                    filename=filename,
                    mime=member.mime,
                    name=name,
                    depth=container.depth + 1,
                )
            )

    def _check_stated_size(self, entry: Entry) -> None:
        if entry.size_bytes is None:
            return
        self._check_size(entry.size_bytes)
        if entry.packed_bytes is not None and has_suspicious_ratio(
            entry.size_bytes, entry.packed_bytes, self._limits
        ):
            raise MemberRefused(
                FailureCode.SUSPICIOUS_RATIO,
                f"It unpacks from {entry.packed_bytes:,} to {entry.size_bytes:,} bytes, more than "
                f"{self._limits.max_member_ratio} times its size, as bombs do.",
            )

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes > self._limits.max_member_bytes:
            raise MemberRefused(
                FailureCode.TOO_LARGE,
                f"It has more than {self._limits.max_member_bytes:,} bytes, the limit for a file.",
            )
        if self._size_bytes + size_bytes > self._limits.max_unpacked_bytes:
            raise LimitReached(
                FailureCode.UNPACKS_TOO_LARGE,
                f"It unpacks to more than {self._limits.max_unpacked_bytes:,} bytes; the rest is "
                "not read.",
            )

    def _write(self, entry: Entry, file: Path) -> tuple[str, int]:
        """The hash and size of what was written; nothing stays of a member that is refused."""
        digest = hashlib.sha256()
        size_bytes = 0
        try:
            with file.open("xb") as output:
                for chunk in entry.chunks():
                    size_bytes += len(chunk)
                    # What was stated need not be true.
                    self._check_size(size_bytes)
                    digest.update(chunk)
                    output.write(chunk)
        except BaseException:
            file.unlink(missing_ok=True)
            raise
        return digest.hexdigest()[:_HASH_CHARS], size_bytes

    def _fail(self, name: str, code: str, detail: str) -> None:
        self._failures.append(MemberFailure(name=name, code=code, detail=detail))


def _below(container: _Container, name: str) -> str:
    return f"{container.name}/{name}" if container.name else name
