"""What a caller knows after a listing, applied item by item as the sync engine does."""

# ruff: noqa: S101  (assertions are what this package is made of)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from connectors.contract import (
    Checkpoint,
    Coverage,
    DocumentFailure,
    DocumentRef,
    DocumentRemoved,
    ListingEnd,
    ListingFailure,
    ListingItem,
    Milestone,
)

DocumentState = tuple[str, str, str | None, tuple[str, ...] | None]


@dataclass(slots=True)
class Listed:
    """Documents by external id, and what else was said."""

    documents: dict[str, DocumentRef] = field(default_factory=dict)
    failures: dict[str, DocumentFailure] = field(default_factory=dict)
    failed_parts: list[ListingFailure] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    """Ids of all documents that an item was about."""
    milestone: Checkpoint | None = None
    end: ListingEnd | None = None

    @classmethod
    def of(cls, items: Iterable[ListingItem]) -> Listed:
        """A whole listing. Fails unless it ends with its one ListingEnd."""
        listed = cls().add(items)
        assert listed.end is not None, "a listing must end with a ListingEnd"
        return listed

    def add(self, items: Iterable[ListingItem]) -> Listed:
        """Apply a listing, or as much of one as there is."""
        self.end = None
        for item in items:
            assert self.end is None, "nothing may follow the ListingEnd"
            match item:
                case DocumentRef():
                    self._add_document(item)
                case DocumentFailure():
                    self.named.add(item.external_id)
                    self.failures[item.external_id] = item
                case DocumentRemoved():
                    self.named.add(item.external_id)
                    self._remove(item.external_id)
                case ListingFailure():
                    self.failed_parts.append(item)
                case Milestone():
                    self.milestone = item.checkpoint
                case ListingEnd():
                    self.end = item
        return self

    @property
    def coverage(self) -> Coverage:
        assert self.end is not None, "the listing has not ended"
        return self.end.coverage

    @property
    def checkpoint(self) -> Checkpoint | None:
        assert self.end is not None, "the listing has not ended"
        return self.end.checkpoint

    @property
    def paths(self) -> set[str]:
        return {item.path for item in self.documents.values()}

    @property
    def state(self) -> dict[str, DocumentState]:
        """All that a caller acts on, by external id."""
        return {
            item.external_id: (item.revision, item.path, item.parent_id, item.acl)
            for item in self.documents.values()
        }

    def at(self, path: str) -> DocumentRef:
        """The document with this path. Fails unless there is exactly one."""
        found = [item for item in self.documents.values() if item.path == path]
        assert len(found) == 1, f"{len(found)} documents at {path!r} in {sorted(self.paths)}"
        return found[0]

    def accounts_for(self, document: DocumentRef) -> bool:
        """Whether the caller will not take this document for a deleted one."""
        return (
            document.external_id in self.documents
            or document.external_id in self.failures
            or any(document.path.startswith(part.path_prefix) for part in self.failed_parts)
        )

    def _add_document(self, item: DocumentRef) -> None:
        parent = item.parent_id
        assert parent is None or parent in self.named, f"{item.path!r} comes before its parent"
        self.named.add(item.external_id)
        self.documents[item.external_id] = item

    def _remove(self, external_id: str) -> None:
        self.documents.pop(external_id, None)
        for child in [i for i, item in self.documents.items() if item.parent_id == external_id]:
            self._remove(child)


def until_last_milestone(items: Sequence[ListingItem]) -> list[ListingItem]:
    """What stands of a listing that was stopped."""
    last = max((n for n, item in enumerate(items, 1) if isinstance(item, Milestone)), default=0)
    return list(items[:last])
