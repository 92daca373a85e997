"""What a connector promises about who may read, where its system says."""

# ruff: noqa: S101  (assertions are what this package is made of)

from __future__ import annotations

from connectors.conformance.world import World
from connectors.contract import ListsGroups
from core.access import parse_acl


class AccessTests(World):
    """These need the hooks `grant` and `revoke`."""

    def test_granted_access_is_listed_for_that_document_alone(self) -> None:
        self.put("a.txt", b"one")
        self.put("b.txt", b"two")
        for token in self.access_tokens:
            before = self.list_all().at("b.txt").acl
            self.grant("a.txt", token)
            listed = self.list_all()
            assert token in (listed.at("a.txt").acl or ())
            assert listed.at("b.txt").acl == before

    def test_revoked_access_is_no_longer_listed(self) -> None:
        self.put("a.txt", b"one")
        for token in self.access_tokens:
            self.grant("a.txt", token)
            assert token in (self.list_all().at("a.txt").acl or ())
            self.revoke("a.txt", token)
            acl = self.list_all().at("a.txt").acl
            assert acl is not None, "what was restricted must not fall back to a wider list"
            assert token not in acl

    def test_access_consists_of_access_tokens(self) -> None:
        self.put("a.txt", b"one")
        self.grant("a.txt", self.access_tokens[0])
        acl = self.list_all().at("a.txt").acl
        assert acl is not None
        assert parse_acl(acl) == tuple(sorted(acl))

    def test_connector_that_reports_access_says_so(self) -> None:
        self.put("a.txt", b"one")
        self.grant("a.txt", self.access_tokens[0])
        with self.connected() as connector:
            assert type(connector).capabilities.reports_access

    def test_groups_have_one_name_each_and_users_for_members(self) -> None:
        with self.connected() as connector:
            groups = list(connector.list_groups()) if isinstance(connector, ListsGroups) else []
        assert len({group.name for group in groups}) == len(groups)
        for group in groups:
            parse_acl([f"group:{group.name}", *(f"user:{member}" for member in group.members)])
