"""Visiting collections: each before those in it, those in the order of their names."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterable, Iterator

from connectors.contract import (
    Checkpoint,
    CheckpointExpired,
    CredentialsRefused,
    ListingFailure,
    ListingItem,
    Milestone,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.webdav.client import NoSuchCollection, WebdavClient, no_root
from connectors.webdav.resources import Resource

_VERSION = 1
# Deeper is a link that leads into itself.
_MAX_DEPTH = 100
# So many failed parts in a row are a failed source.
_MAX_FAILURES_IN_A_ROW = 3


class CollectionListing:
    """One listing. Holds one collection's members at a time, and the names yet to be visited."""

    def __init__(
        self,
        client: WebdavClient,
        *,
        scope: str,
        describe: Callable[[str, Resource], Iterable[ListingItem]],
        is_visited: Callable[[str], bool],
    ) -> None:
        self._client = client
        self._scope = scope
        self._describe = describe
        self._is_visited = is_visited
        self._pending: list[str] = []
        self._failures_in_a_row = 0

    def items(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        """All but the ListingEnd. Raises what `Connector.discover` raises."""
        if since is None:
            self._pending = [""]
        else:
            yield from self._return_to(self._collection_before(since))
        while self._pending:
            path = self._pending.pop()
            members = yield from self._members(path)
            for member in members:
                if not member.is_collection or member.problem is not None:
                    yield from self._describe(_joined(path, member.name), member)
            yield from self._descend(path, members)
            yield Milestone(checkpoint=self._checkpoint_after(path))

    def _return_to(self, last: str) -> Iterator[ListingItem]:
        """Make pending what comes after this collection: below it, then beside it and above."""
        names = last.split("/") if last else []
        for depth in range(len(names) + 1):
            path = "/".join(names[:depth])
            members = yield from self._members(path)
            after = names[depth] if depth < len(names) else ""
            yield from self._descend(path, [item for item in members if item.name > after])

    def _members(self, path: str) -> Generator[ListingItem, None, list[Resource]]:
        try:
            members = self._client.members(path)
        except NoSuchCollection as error:
            if not path:
                raise no_root() from error
            members = []  # It went while others were listed.
        except (SourceUnavailable, SourceMisconfigured) as error:
            self._failures_in_a_row += 1
            if not path or self._is_about_everything(error):
                raise
            yield ListingFailure(path_prefix=f"{path}/", code=error.code, detail=error.detail)
            return []
        self._failures_in_a_row = 0
        return members

    def _descend(self, path: str, members: Iterable[Resource]) -> Iterator[ListingItem]:
        below = [
            _joined(path, member.name)
            for member in members
            if member.is_collection and member.problem is None
        ]
        below = [folder for folder in below if self._is_visited(folder)]
        if below and path.count("/") >= _MAX_DEPTH:
            yield ListingFailure(
                path_prefix=f"{path}/",
                code="too_deep",
                detail=f"Collections are visited {_MAX_DEPTH} levels deep.",
            )
            return
        self._pending.extend(reversed(below))

    def _is_about_everything(self, error: SourceUnavailable | SourceMisconfigured) -> bool:
        if isinstance(error, SourceUnavailable) and error.retry_after_s is not None:
            return True
        if isinstance(error, CredentialsRefused) and error.data.get("status") != 403:
            return True
        return self._failures_in_a_row >= _MAX_FAILURES_IN_A_ROW

    def _checkpoint_after(self, path: str) -> Checkpoint:
        stored = {"webdav": _VERSION, "scope": self._scope, "after": path}
        return Checkpoint(json.dumps(stored))

    def _collection_before(self, checkpoint: Checkpoint) -> str:
        try:
            stored = json.loads(checkpoint)
        except (ValueError, RecursionError):
            stored = None
        if isinstance(stored, dict) and stored.keys() == {"webdav", "scope", "after"}:
            after = stored["after"]
            is_ours = stored["webdav"] == _VERSION and stored["scope"] == self._scope
            if is_ours and isinstance(after, str):
                return after
        raise CheckpointExpired("This is no checkpoint of this collection. List everything.")


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
