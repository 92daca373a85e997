"""What a connector promises when its system far away has a bad day."""

# ruff: noqa: S101  (assertions are what this package is made of)

from __future__ import annotations

import hashlib

import pytest

from connectors.conformance.faults import Fault
from connectors.conformance.listed import Listed, until_last_milestone
from connectors.conformance.world import World, own_temporary_folder, read
from connectors.contract import (
    Connector,
    Coverage,
    CredentialsRefused,
    DocumentRef,
    ListingItem,
    SourceUnavailable,
)

_EXPECTED: dict[Fault, type[CredentialsRefused | SourceUnavailable]] = {
    Fault.RATE_LIMITED: SourceUnavailable,
    Fault.RATE_LIMITED_WITH_RETRY_AFTER: SourceUnavailable,
    Fault.SERVER_ERROR: SourceUnavailable,
    Fault.TIMEOUT: SourceUnavailable,
    Fault.HALF_RESPONSE: SourceUnavailable,
    Fault.CREDENTIALS_EXPIRED: CredentialsRefused,
}
_PATHS = ("a.txt", "b/a.txt", "b/b.txt", "b/c/a.txt", "c.txt")
# The first may meet the fault, the second what is left of it, the third nothing.
_ATTEMPTS = 3
_LARGE = hashlib.sha256(b"large").digest() * 8_000


class DisturbanceTests(World):
    """Each fault is overcome, or becomes the error that says what it was; then all is well."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "fault" in metafunc.fixturenames:
            metafunc.parametrize("fault", sorted(self.faults), ids=str)
        if "after" in metafunc.fixturenames:
            metafunc.parametrize("after", self.fault_positions)

    def test_listing_overcomes_a_fault_or_says_what_it_was_and_goes_on_from_its_milestone(
        self, fault: Fault, after: int
    ) -> None:
        for path in _PATHS:
            self.put(path, path.encode())
        undisturbed = self.list_all()
        self.inject(fault, after=after)
        known = Listed()
        for _ in range(_ATTEMPTS):
            with self.connected() as connector:
                if self._go_on(connector, known, fault):
                    break
        else:
            pytest.fail("the fault is gone, and the listing still fails")
        if known.coverage is Coverage.EVERYTHING:
            for document in undisturbed.documents.values():
                assert known.accounts_for(document), f"{document.path!r} would be deleted"
        assert known.named <= undisturbed.named
        assert self._list_until_undisturbed(fault).state == undisturbed.state

    def test_change_listing_overcomes_a_fault_or_says_what_it_was_and_goes_on(
        self, fault: Fault, after: int
    ) -> None:
        for path in _PATHS:
            self.put(path, path.encode())
        with self.connected() as connector:
            if not type(connector).capabilities.lists_changes:
                pytest.skip("this kind of connector does not list changes")
            known = Listed.of(connector.discover(None))
        start = known.checkpoint
        self.put("a.txt", b"changed")
        self.put("d.txt", b"new")
        self.delete("b/b.txt")
        self.inject(fault, after=after)
        known.milestone = start
        for _ in range(_ATTEMPTS):
            with self.connected() as connector:
                if self._go_on(connector, known, fault):
                    break
        else:
            pytest.fail("the fault is gone, and the listing still fails")
        assert known.state == self._list_until_undisturbed(fault).state

    def test_fetch_overcomes_a_fault_or_says_what_it_was_and_never_gives_less(
        self, fault: Fault
    ) -> None:
        self.put("a.bin", _LARGE)
        self.put("b.bin", b"another")
        reference = self.list_all().at("a.bin")
        with own_temporary_folder() as folder:
            self.inject(fault)
            for _ in range(_ATTEMPTS):
                with self.connected() as connector:
                    content = _try_to_read(connector, reference, fault)
                if content is not None:
                    break
            else:
                pytest.fail("the fault is gone, and the document still cannot be fetched")
            assert content == _LARGE
            assert [path for path in folder.rglob("*") if not path.is_dir()] == []

    def test_same_connector_works_again_after_a_fault(self, fault: Fault) -> None:
        self.put("a.bin", _LARGE)
        with self.connected() as connector:
            reference = Listed.of(connector.discover(None)).at("a.bin")
            self.inject(fault)
            for _ in range(_ATTEMPTS):
                content = _try_to_read(connector, reference, fault)
                if content is not None:
                    assert content == _LARGE
                    return
        pytest.fail("the fault is gone, and the document still cannot be fetched")

    def test_check_overcomes_a_fault_or_says_what_it_was(self, fault: Fault) -> None:
        self.put("a.txt", b"one")
        self.inject(fault)
        for _ in range(_ATTEMPTS):
            with self.connected() as connector:
                try:
                    connector.check()
                except _EXPECTED[fault] as error:
                    _require_delay(error, fault)
                    continue
                return
        pytest.fail("the fault is gone, and the check still fails")

    def _go_on(self, connector: Connector, known: Listed, fault: Fault) -> bool:
        """List from the last milestone on. Whether the listing came to its end."""
        items: list[ListingItem] = []
        try:
            items.extend(connector.discover(known.milestone))
        except _EXPECTED[fault] as error:
            _require_delay(error, fault)
            known.add(until_last_milestone(items))
            return False
        known.add(items)
        assert known.end is not None, "a listing must end with a ListingEnd"
        return True

    def _list_until_undisturbed(self, fault: Fault) -> Listed:
        """A full listing. A fault for which there was no request so far may meet this one."""
        for _ in range(_ATTEMPTS):
            listed = Listed()
            with self.connected() as connector:
                if self._go_on(connector, listed, fault) and not (
                    listed.failures or listed.failed_parts
                ):
                    return listed
        pytest.fail("the fault is gone, and the listing still fails")


def _try_to_read(connector: Connector, reference: DocumentRef, fault: Fault) -> bytes | None:
    """None after the error that belongs to the fault."""
    try:
        return read(connector, reference)
    except _EXPECTED[fault] as error:
        _require_delay(error, fault)
        return None


def _require_delay(error: CredentialsRefused | SourceUnavailable, fault: Fault) -> None:
    """What the system said about when to come back must reach the caller."""
    if fault is Fault.RATE_LIMITED_WITH_RETRY_AFTER:
        assert isinstance(error, SourceUnavailable)
        assert error.retry_after_s is not None
