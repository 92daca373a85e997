"""Documents in one branch of a git repository: the regular files of its last commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, Self

from pydantic import BaseModel

from connectors.context import ConnectorContext
from connectors.contract import (
    Capabilities,
    Checkpoint,
    CheckpointExpired,
    Coverage,
    DocumentRef,
    DocumentUnreadable,
    DocumentVanished,
    ListingEnd,
    ListingItem,
    Milestone,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.downloads import downloaded
from connectors.git.checkpoint import Position, fingerprint_of, is_object_id, parse_checkpoint
from connectors.git.client import GitRemote, Head
from connectors.git.clone import Clone, ObjectGone
from connectors.git.config import GitConfig, GitCredentials
from connectors.git.listing import CommitListing, require_subtree

_LFS_SIGNATURE = b"version https://git-lfs.github.com/spec/v1\n"
_MAX_LFS_POINTER_BYTES = 1024


class GitConnector:
    """Keeps a bare clone of the branch, lists the trees of commits, and hands out blobs.

    A listing is one commit's from its first item to its last, however often it is resumed; its
    checkpoint is that commit. The revision is the blob's id with its mode.
    """

    kind: ClassVar[str] = "git"
    config_type: ClassVar[type[BaseModel]] = GitConfig
    credentials_type: ClassVar[type[BaseModel] | None] = GitCredentials
    capabilities: ClassVar[Capabilities] = Capabilities(lists_changes=True)

    documents_per_milestone: ClassVar[int] = 500

    def __init__(
        self, config: GitConfig, credentials: GitCredentials | None, context: ConnectorContext
    ) -> None:
        self._config = config
        self._context = context
        self._fingerprint = fingerprint_of(config)
        self._remote = GitRemote(config, credentials, context)
        self._clone = Clone(context.cache_dir, config.url, self._remote)

    @classmethod
    def open(
        cls, config: GitConfig, credentials: GitCredentials | None, context: ConnectorContext
    ) -> Self:
        if credentials is not None and config.is_local:
            raise SourceMisconfigured("A repository on this machine takes no credentials.")
        if (
            credentials is not None
            and config.url.startswith("http://")
            and not context.egress.allow_private
        ):
            raise SourceMisconfigured(
                "The token would travel in the clear. Use an https URL, or no credentials."
            )
        return cls(config, credentials, context)

    def check(self) -> None:
        if not self._config.subtree:
            self._remote.read_head()
            return
        # Only the tree itself tells whether the folder is there. The next listing needs it anyway.
        self._refresh()

    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        position = None if since is None else parse_checkpoint(since, fingerprint=self._fingerprint)
        head = self._refresh()
        start = self._start(position, head)
        try:
            listing = CommitListing(
                self._clone,
                self._config,
                branch="HEAD" if head is None else head.branch,
                commit=start.commit,
                base=start.base,
                is_difference=start.is_difference,
                fingerprint=self._fingerprint,
            )
        except ObjectGone as error:
            raise CheckpointExpired(
                "The branch was rewritten, and the commit of this checkpoint is gone."
            ) from error
        yield from self._list(listing, start)

    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        blob_id = ref.revision.partition("-")[0]
        if not is_object_id(blob_id):
            raise DocumentVanished("This revision was not made by a git source.")
        try:
            pieces = self._clone.blob(blob_id.encode("ascii"))
        except ObjectGone as error:
            raise DocumentVanished(
                "The branch was rewritten, and this revision of the file is gone."
            ) from error
        _require_content(pieces)
        with downloaded(pieces, max_bytes=self._context.max_file_bytes) as path:
            yield path

    def close(self) -> None:
        self._clone.close()

    def _refresh(self) -> Head | None:
        """Bring the clone up to date. Raises what `check` raises."""
        try:
            head = self._clone.refresh()
            require_subtree(
                self._clone, None if head is None else head.commit, self._config.subtree
            )
        except ObjectGone as error:
            raise SourceUnavailable(
                "The git server has not sent the whole branch.", operator_detail=str(error)
            ) from error
        return head

    def _start(self, position: Position | None, head: Head | None) -> Position:
        """Where this listing begins. Raises CheckpointExpired."""
        commit = None if head is None else head.commit
        if position is None:
            return Position(fingerprint=self._fingerprint, commit=commit)
        if position.after is not None:
            return position
        if commit is None and position.commit is not None:
            raise CheckpointExpired("The repository is empty now, and was not at this checkpoint.")
        return Position(
            fingerprint=self._fingerprint,
            commit=commit,
            base=position.commit,
            is_difference=True,
        )

    def _list(self, listing: CommitListing, start: Position) -> Iterator[ListingItem]:
        try:
            for count, (path, item) in enumerate(listing.items(start.after), 1):
                yield item
                if count % self.documents_per_milestone == 0:
                    yield Milestone(checkpoint=_at(start, path))
        except ObjectGone as error:
            raise SourceUnavailable(
                "The branch was rewritten while it was listed.", operator_detail=str(error)
            ) from error
        yield ListingEnd(
            coverage=Coverage.CHANGES if start.is_difference else Coverage.EVERYTHING,
            checkpoint=Position(fingerprint=self._fingerprint, commit=start.commit).as_checkpoint(),
        )


def _at(start: Position, path: bytes) -> Checkpoint:
    """The same listing, after this path."""
    return Position(
        fingerprint=start.fingerprint,
        commit=start.commit,
        after=path,
        base=start.base,
        is_difference=start.is_difference,
    ).as_checkpoint()


def _require_content(pieces: list[bytes]) -> None:
    """Raises DocumentUnreadable for what stands in a large file's place."""
    if sum(map(len, pieces)) <= _MAX_LFS_POINTER_BYTES and b"".join(pieces).startswith(
        _LFS_SIGNATURE
    ):
        raise DocumentUnreadable(
            "The file is in Git LFS, which is not fetched. Commit it to the repository itself, or "
            "exclude it."
        )
