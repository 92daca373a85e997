"""Connectors with one defect each, beside the name of the kit's test that must find it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel

from connectors.conformance import Fault
from connectors.contract import (
    Capabilities,
    Checkpoint,
    CheckpointExpired,
    Coverage,
    DocumentFailure,
    DocumentRef,
    DocumentRemoved,
    DocumentVanished,
    Group,
    ListingEnd,
    ListingItem,
    Milestone,
    SourceMisconfigured,
    SourceUnavailable,
)
from tests.unit.connectors.memory import MemoryConnector, digest, temporary_leftover


@dataclass(frozen=True, slots=True)
class Defect:
    test: str
    connector_type: type[MemoryConnector]
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.connector_type.__name__.lstrip('_')}-{self.test.removeprefix('test_')}"


DEFECTS: list[Defect] = []


def fails(test: str, **arguments: Any) -> Callable[[type[MemoryConnector]], type[MemoryConnector]]:
    """The kit's test that this connector must not pass."""

    def register(connector_type: type[MemoryConnector]) -> type[MemoryConnector]:
        DEFECTS.append(Defect(test, connector_type, arguments))
        return connector_type

    return register


# Opening, checking, closing.


@fails("test_kind_is_registered")
class _Unregistered(MemoryConnector):
    kind: ClassVar[str] = "unregistered"


@fails("test_check_accepts_a_scope_that_can_be_read")
class _ChecksTooMuch(MemoryConnector):
    def check(self) -> None:
        raise SourceMisconfigured("Never good enough.")


@fails("test_check_refuses_a_scope_that_cannot_be_read")
class _ChecksNothing(MemoryConnector):
    def check(self) -> None:
        pass


class _AnyConfig(BaseModel):
    pass


@fails("test_unknown_configuration_field_is_refused_by_name")
@fails("test_configuration_can_be_described_as_a_json_schema")
class _TakesAnyConfig(MemoryConnector):
    config_type: ClassVar[type[BaseModel]] = _AnyConfig


class _OpenCredentials(BaseModel):
    token: str


@fails("test_credentials_can_be_described_as_a_json_schema_and_have_a_secret")
class _ShowsItsSecret(MemoryConnector):
    credentials_type: ClassVar[type[BaseModel] | None] = _OpenCredentials


@fails("test_connector_can_be_closed_twice_and_unused")
@fails("test_connector_can_be_closed_in_the_middle_of_a_listing")
class _ClosesOnce(MemoryConnector):
    def close(self) -> None:
        assert not self.is_closed
        super().close()


# Full listings.


@fails("test_empty_world_is_listed_as_complete_with_nothing_in_it")
class _HasNoEnd(MemoryConnector):
    def list_all(self, after: str, position: int) -> Iterator[ListingItem]:
        return (i for i in super().list_all(after, position) if not isinstance(i, ListingEnd))


@fails("test_emptied_world_is_listed_as_complete_with_nothing_in_it")
class _KeepsTheDead(MemoryConnector):
    def list_all(self, after: str, position: int) -> Iterator[ListingItem]:
        for path in self.system.journal:
            if path not in self.system.documents:
                yield DocumentFailure(external_id=path, path=path, code="gone", detail="Gone.")
        yield from super().list_all(after, position)


@fails("test_full_listing_names_every_document_and_nothing_else_and_ends_once")
class _ForgetsAPage(MemoryConnector):
    def page(self, after: str) -> list[str]:
        return super().page(after) if not after else []


@fails("test_full_listing_names_every_document_and_nothing_else_and_ends_once")
class _GoesOnAfterTheEnd(MemoryConnector):
    def list_all(self, after: str, position: int) -> Iterator[ListingItem]:
        yield from super().list_all(after, position)
        yield from super().list_all(after, position)


@fails("test_reference_says_what_the_contract_asks_for")
class _HasNoTimeZone(MemoryConnector):
    def reference(self, path: str) -> DocumentRef:
        return replace(super().reference(path), updated_at=datetime(2026, 1, 1))  # noqa: DTZ001


@fails("test_listing_an_unchanged_world_again_gives_the_same_ids_and_revisions")
class _CountsItsRevisions(MemoryConnector):
    _numbers = itertools.count()

    def reference(self, path: str) -> DocumentRef:
        return replace(super().reference(path), revision=str(next(self._numbers)))


@fails("test_changed_content_keeps_the_id_and_changes_the_revision_of_that_document_alone")
class _NamesByContent(MemoryConnector):
    def reference(self, path: str) -> DocumentRef:
        content = self.system.documents[path].content
        return replace(super().reference(path), external_id=digest(content))


@fails("test_content_of_the_same_length_changes_the_revision_too")
class _ComparesLengths(MemoryConnector):
    def reference(self, path: str) -> DocumentRef:
        size = len(self.system.documents[path].content)
        return replace(super().reference(path), revision=str(size))


class _ListsFromTheJournal(MemoryConnector):
    """Whatever was ever named is listed."""

    def list_all(self, after: str, position: int) -> Iterator[ListingItem]:
        for path in self.system.journal:
            yield DocumentRef(
                external_id=path, revision="1", path=path, uri=f"memory:{path}", acl=()
            )
        yield ListingEnd(coverage=Coverage.EVERYTHING, checkpoint=self.checkpoint(position))


fails("test_deleted_document_is_not_listed_and_its_neighbour_still_is")(_ListsFromTheJournal)
fails("test_renamed_document_is_listed_under_its_new_path_only")(_ListsFromTheJournal)
fails("test_child_goes_with_its_parent")(_ListsFromTheJournal)


@fails("test_unusual_name_is_listed_as_it_is_and_can_be_fetched", path="Größe – 文書 (1).txt")
class _KnowsAsciiOnly(MemoryConnector):
    def reference(self, path: str) -> DocumentRef:
        shown = path.encode("ascii", "replace").decode()
        return replace(super().reference(path), path=shown)


@fails("test_child_comes_after_its_parent_and_names_it")
class _BeginsAtTheEnd(MemoryConnector):
    def page(self, after: str) -> list[str]:
        return [] if after else sorted(self.system.documents, reverse=True)


@fails("test_scope_that_cannot_be_read_is_never_listed_as_empty")
class _ListsWithoutChecking(MemoryConnector):
    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        self.exists = True
        return super().discover(since)


# Documents.


@fails("test_fetch_gives_the_exact_bytes", content=b"a\r\nb\rc\n\x00")
class _TidiesLineEnds(MemoryConnector):
    def pieces(self, content: bytes, fault: Fault | None) -> Iterator[bytes]:
        return super().pieces(content.replace(b"\r\n", b"\n"), fault)


@fails("test_fetch_after_a_change_gives_the_new_bytes")
class _RemembersTheFirstBytes(MemoryConnector):
    _first: ClassVar[dict[int, bytes]] = {}

    def reference(self, path: str) -> DocumentRef:
        self._first.setdefault(id(self.system), self.system.documents[path].content)
        return super().reference(path)

    def pieces(self, content: bytes, fault: Fault | None) -> Iterator[bytes]:
        return super().pieces(self._first[id(self.system)], fault)


@fails("test_document_that_was_deleted_after_the_listing_is_said_to_have_vanished")
class _GivesAnEmptyFileForNone(MemoryConnector):
    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        try:
            with super().fetch(ref) as path:
                yield path
        except DocumentVanished:
            yield Path("/dev/null")


@fails("test_document_above_the_limit_is_too_large_and_leaves_no_file")
class _HasNoLimit(MemoryConnector):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.max_file_bytes = 10**9


@fails("test_document_above_the_limit_is_too_large_and_leaves_no_file")
@fails("test_fetch_leaves_no_file_even_if_its_reader_fails")
@fails(
    "test_fetch_overcomes_a_fault_or_says_what_it_was_and_never_gives_less",
    fault=Fault.SERVER_ERROR,
)
class _LeavesFiles(MemoryConnector):
    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        leftover = temporary_leftover(b"half")
        with super().fetch(ref) as path:
            yield path
        leftover.unlink()


@fails("test_document_at_the_limit_is_fetched")
class _StopsBeforeTheLimit(MemoryConnector):
    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.max_file_bytes -= 1


@fails("test_several_threads_fetch_at_once_and_each_gets_its_own_document")
class _HasOneFileForAll(MemoryConnector):
    @contextmanager
    def fetch(self, ref: DocumentRef) -> Iterator[Path]:
        if not hasattr(self, "_shared"):
            self._shared = temporary_leftover(b"")
        self._shared.write_bytes(self.system.documents[ref.path].content)
        yield self._shared

    def close(self) -> None:
        if hasattr(self, "_shared"):
            self._shared.unlink(missing_ok=True)


# Resumption.


@fails("test_listing_stopped_after_any_item_and_resumed_is_as_good_as_an_undisturbed_one")
class _PromisesTooEarly(MemoryConnector):
    """The milestone comes before the page that it claims to be after."""

    def list_all(self, after: str, position: int) -> Iterator[ListingItem]:
        while page := self.page(after):
            after = page[-1]
            yield Milestone(checkpoint=self.milestone(after, position))
            for path in page:
                yield self.reference(path)
        yield ListingEnd(coverage=Coverage.EVERYTHING, checkpoint=self.checkpoint(position))


@fails("test_listing_stopped_after_any_item_and_resumed_is_as_good_as_an_undisturbed_one")
class _ResumesAsChanges(MemoryConnector):
    def list_all(self, after: str, position: int) -> Iterator[ListingItem]:
        for item in super().list_all(after, position):
            is_end = isinstance(item, ListingEnd)
            yield ListingEnd(coverage=Coverage.CHANGES) if is_end and after else item


@fails("test_change_listing_stopped_after_any_item_and_resumed_names_every_change")
class _SkipsAChangeWhenResumed(MemoryConnector):
    def list_changes(self, position: int) -> Iterator[ListingItem]:
        for item in super().list_changes(position):
            if isinstance(item, Milestone):
                ahead = self.parse(item.checkpoint)["position"] + 1
                yield Milestone(checkpoint=self.checkpoint(ahead))
            else:
                yield item


@fails("test_listing_resumed_twice_from_one_milestone_gives_the_same_twice")
class _ResumesOnce(MemoryConnector):
    _used: ClassVar[set[tuple[int, str]]] = set()

    def parse(self, since: Checkpoint) -> dict[str, Any]:
        key = (id(self.system), since)
        if key in self._used:
            raise CheckpointExpired("This one has been used.")
        self._used.add(key)
        return super().parse(since)


@fails("test_checkpoint_that_the_connector_never_made_has_expired", checkpoint="nonsense")
@fails("test_checkpoint_that_the_connector_never_made_has_expired", checkpoint="null")
@fails("test_checkpoint_that_the_connector_never_made_has_expired", checkpoint="{}")
class _TrustsItsCheckpoints(MemoryConnector):
    def parse(self, since: Checkpoint) -> dict[str, Any]:
        stored = json.loads(since)
        assert stored["memory"] == 1
        return dict(stored)


@fails("test_checkpoint_that_the_connector_never_made_has_expired", checkpoint="nonsense")
class _ListsEverythingForAnyCheckpoint(MemoryConnector):
    def parse(self, since: Checkpoint) -> dict[str, Any]:
        try:
            return super().parse(since)
        except CheckpointExpired:
            return {"after": "", "position": 0}


@fails("test_scope_that_cannot_be_read_is_misconfigured_when_resuming_too")
class _ChecksOnlyAtTheBeginning(MemoryConnector):
    def discover(self, since: Checkpoint | None) -> Iterator[ListingItem]:
        self.exists = self.exists or since is not None
        return super().discover(since)


# Changes.


@fails("test_full_listing_ends_with_a_checkpoint")
class _HasNoCheckpoint(MemoryConnector):
    def list_all(self, after: str, position: int) -> Iterator[ListingItem]:
        for item in super().list_all(after, position):
            is_end = isinstance(item, ListingEnd)
            yield ListingEnd(coverage=Coverage.EVERYTHING) if is_end else item


@fails("test_unchanged_world_has_no_changes")
class _RepeatsTheLastChange(MemoryConnector):
    def list_changes(self, position: int) -> Iterator[ListingItem]:
        return super().list_changes(position - 1)


class _DropsChanges(MemoryConnector):
    """Names nothing, and says that this is all."""

    def list_changes(self, position: int) -> Iterator[ListingItem]:
        changes = super().list_changes(position)
        return (item for item in changes if isinstance(item, ListingEnd))


fails("test_added_document_is_the_only_change")(_DropsChanges)
fails("test_changed_document_is_the_only_change")(_DropsChanges)
fails("test_document_that_was_removed_and_added_again_is_there")(_DropsChanges)
fails("test_changes_of_every_sort_lead_listing_by_listing_to_the_present_world")(_DropsChanges)


@fails("test_added_document_is_the_only_change")
@fails("test_changed_document_is_the_only_change")
@fails("test_removed_document_is_the_only_change")
class _NamesTheWholeFolder(MemoryConnector):
    def list_changes(self, position: int) -> Iterator[ListingItem]:
        if position < len(self.system.journal):
            yield self.reference("b/b.txt")
        yield from super().list_changes(position)


@fails("test_removed_document_is_the_only_change")
@fails("test_renamed_document_is_the_only_change")
class _NamesNoRemovals(MemoryConnector):
    def list_changes(self, position: int) -> Iterator[ListingItem]:
        changes = super().list_changes(position)
        return (item for item in changes if not isinstance(item, DocumentRemoved))


@fails("test_document_that_came_and_went_between_two_listings_leaves_no_trace")
class _NamesWhatIsGone(MemoryConnector):
    def list_changes(self, position: int) -> Iterator[ListingItem]:
        for item in super().list_changes(position):
            if isinstance(item, DocumentRemoved):
                path = item.external_id.removeprefix("id-of-")
                yield DocumentRef(
                    external_id=item.external_id, revision="1", path=path, uri=f"memory:{path}"
                )
            else:
                yield item


@fails("test_changes_of_every_sort_lead_listing_by_listing_to_the_present_world")
class _NeverMovesOn(MemoryConnector):
    def list_changes(self, position: int) -> Iterator[ListingItem]:
        for item in super().list_changes(position):
            is_end = isinstance(item, ListingEnd)
            here = ListingEnd(coverage=Coverage.CHANGES, checkpoint=self.checkpoint(position))
            yield here if is_end else item


@fails("test_change_made_while_everything_is_listed_is_named_then_or_next")
class _TakesItsCheckpointAtTheEnd(MemoryConnector):
    def list_all(self, after: str, position: int) -> Iterator[ListingItem]:
        for item in super().list_all(after, position):
            if isinstance(item, ListingEnd):
                now = self.checkpoint(len(self.system.journal))
                yield ListingEnd(coverage=Coverage.EVERYTHING, checkpoint=now)
            else:
                yield item


@fails("test_access_that_changed_is_a_change")
class _SeesContentChangesOnly(MemoryConnector):
    """A grant leaves the content's version behind the journal."""

    def list_changes(self, position: int) -> Iterator[ListingItem]:
        for item in super().list_changes(position):
            if not isinstance(item, DocumentRef) or int(item.revision) >= position:
                yield item


# Access.


@fails("test_granted_access_is_listed_for_that_document_alone")
@fails("test_access_consists_of_access_tokens")
class _SaysNothingOfAccess(MemoryConnector):
    def reference(self, path: str) -> DocumentRef:
        return replace(super().reference(path), acl=None)


@fails("test_granted_access_is_listed_for_that_document_alone")
class _OpensTheNeighbours(MemoryConnector):
    def reference(self, path: str) -> DocumentRef:
        acl = {token for stored in self.system.documents.values() for token in stored.acl}
        return replace(super().reference(path), acl=tuple(sorted(acl)))


@fails("test_revoked_access_is_no_longer_listed")
class _TakesNobodyForUnknown(MemoryConnector):
    def reference(self, path: str) -> DocumentRef:
        known = super().reference(path)
        return replace(known, acl=known.acl or None)


@fails("test_access_consists_of_access_tokens")
class _SpeaksItsOwnTongue(MemoryConnector):
    def reference(self, path: str) -> DocumentRef:
        known = super().reference(path)
        return replace(known, acl=(*(known.acl or ()), "Domain Users"))


@fails("test_connector_that_reports_access_says_so")
class _HidesThatItReportsAccess(MemoryConnector):
    capabilities: ClassVar[Capabilities] = Capabilities(lists_changes=True)


@fails("test_groups_have_one_name_each_and_users_for_members")
class _NamesAGroupTwice(MemoryConnector):
    def list_groups(self) -> Iterator[Group]:
        yield Group(name="hr", members=("ana@acme.test",))
        yield Group(name="hr", members=())


@fails("test_groups_have_one_name_each_and_users_for_members")
class _NamesNoUsers(MemoryConnector):
    def list_groups(self) -> Iterator[Group]:
        yield Group(name="hr", members=("Ana A.",))


# Faults.

_LISTING = "test_listing_overcomes_a_fault_or_says_what_it_was_and_goes_on_from_its_milestone"
_CHANGES = "test_change_listing_overcomes_a_fault_or_says_what_it_was_and_goes_on"
_FETCH = "test_fetch_overcomes_a_fault_or_says_what_it_was_and_never_gives_less"
_AGAIN = "test_same_connector_works_again_after_a_fault"
_CHECK = "test_check_overcomes_a_fault_or_says_what_it_was"


@fails(_LISTING, fault=Fault.SERVER_ERROR, after=2)
class _TakesAnErrorForTheLastPage(MemoryConnector):
    def page(self, after: str) -> list[str]:
        try:
            return super().page(after)
        except SourceUnavailable:
            return []


@fails(_LISTING, fault=Fault.HALF_RESPONSE, after=1)
class _TakesHalfAPageForAll(MemoryConnector):
    _is_over = False

    def page(self, after: str) -> list[str]:
        if self._is_over:
            return []
        self._is_over = self.ask() is Fault.HALF_RESPONSE
        everything = sorted(path for path in self.system.documents if path > after)
        return everything[: 1 if self._is_over else 2]


@fails(_LISTING, fault=Fault.TIMEOUT, after=1)
@fails(_FETCH, fault=Fault.TIMEOUT)
@fails(_CHECK, fault=Fault.TIMEOUT)
@fails(_AGAIN, fault=Fault.TIMEOUT)
class _LetsForeignErrorsThrough(MemoryConnector):
    def ask(self) -> Fault | None:
        try:
            return super().ask()
        except SourceUnavailable:
            raise TimeoutError from None


@fails(_LISTING, fault=Fault.RATE_LIMITED, after=1)
@fails(_CHECK, fault=Fault.RATE_LIMITED)
class _BlamesTheOwner(MemoryConnector):
    def ask(self) -> Fault | None:
        try:
            return super().ask()
        except SourceUnavailable:
            raise SourceMisconfigured("Your fault.") from None


@fails(_LISTING, fault=Fault.RATE_LIMITED_WITH_RETRY_AFTER, after=1)
@fails(_FETCH, fault=Fault.RATE_LIMITED_WITH_RETRY_AFTER)
class _ForgetsWhenToComeBack(MemoryConnector):
    def ask(self) -> Fault | None:
        try:
            return super().ask()
        except SourceUnavailable:
            raise SourceUnavailable("Later.") from None


@fails(_LISTING, fault=Fault.CREDENTIALS_EXPIRED, after=1)
class _TakesRefusalForWeather(MemoryConnector):
    def ask(self) -> Fault | None:
        try:
            return super().ask()
        except SourceMisconfigured:
            raise SourceUnavailable("Later.") from None


@fails(_CHANGES, fault=Fault.SERVER_ERROR, after=1)
class _TakesAnErrorForNoChanges(MemoryConnector):
    def list_changes(self, position: int) -> Iterator[ListingItem]:
        try:
            yield from super().list_changes(position)
        except SourceUnavailable:
            now = self.checkpoint(len(self.system.journal))
            yield ListingEnd(coverage=Coverage.CHANGES, checkpoint=now)


@fails(_FETCH, fault=Fault.HALF_RESPONSE)
class _GivesHalfADocument(MemoryConnector):
    def pieces(self, content: bytes, fault: Fault | None) -> Iterator[bytes]:
        yield content if fault is None else content[: len(content) // 2]


@fails(_AGAIN, fault=Fault.SERVER_ERROR)
class _NeverRecovers(MemoryConnector):
    _has_failed = False

    def ask(self) -> Fault | None:
        if self._has_failed:
            raise SourceUnavailable("Still not.")
        try:
            return super().ask()
        except SourceUnavailable:
            self._has_failed = True
            raise


# Size.


@fails("test_big_listing_is_complete_and_held_in_memory_at_no_time")
class _HoldsEverything(MemoryConnector):
    def list_all(self, after: str, position: int) -> Iterator[ListingItem]:
        return iter(list(super().list_all(after, position)))
