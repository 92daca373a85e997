from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from core.catalog.models import Document
from ingest.children import ChildPlan, plan_children
from ingest.unpacking.contract import Member, MemberFailure

_SENT_AT = datetime(2024, 5, 6, tzinfo=UTC)
_PACKED_AT = datetime(2023, 1, 1, tzinfo=UTC)


def _parent(uri: str = "file:///share/a.zip") -> Document:
    return Document(
        id="p",
        external_id="a.zip",
        path="share/a.zip",
        uri=uri,
        acl=["group:hr"],
        updated_at=_SENT_AT,
        is_unpacked=False,
    )


def _known(name: str, revision: str = "1", *, is_unpacked: bool = True) -> Document:
    return Document(
        id=name,
        external_id=f"a.zip!/{name}",
        path=f"share/a.zip/{name}",
        uri=f"file:///share/a.zip#{name}",
        mime="text/plain",
        updated_at=_SENT_AT,
        revision=revision,
        is_unpacked=is_unpacked,
    )


def _member(name: str, content_hash: str = "1", *, modified_at: datetime | None = None) -> Member:
    return Member(
        name=name,
        mime="text/plain",
        file=Path("/into/0"),
        size_bytes=7,
        content_hash=content_hash,
        modified_at=modified_at,
    )


def _failure(name: str, code: str = "damaged") -> MemberFailure:
    return MemberFailure(name=name, code=code, detail="Damaged.")


def _gone(plan: ChildPlan) -> list[str]:
    return [document.id for document in plan.gone]


def test_a_child_is_named_by_its_parent_and_inherits_what_it_lacks() -> None:
    member = _member("docs/Größe 1.txt")
    (child,) = plan_children(_parent(), [], [member]).new

    assert child.external_id == "a.zip!/docs/Größe 1.txt"
    assert child.path == "share/a.zip/docs/Größe 1.txt"
    assert child.uri == "file:///share/a.zip#docs/Gr%C3%B6%C3%9Fe%201.txt"
    assert child.acl == ("group:hr",)
    assert child.revision == "1"
    assert child.updated_at == _SENT_AT
    assert (child.mime, child.size_bytes, child.document) == ("text/plain", 7, None)
    assert child.member is member


def test_the_members_own_date_counts() -> None:
    (child,) = plan_children(_parent(), [], [_member("a", modified_at=_PACKED_AT)]).new

    assert child.updated_at == _PACKED_AT


def test_a_uri_keeps_to_one_fragment() -> None:
    (child,) = plan_children(_parent("https://acme.test/m#4"), [], [_member("a.txt")]).new

    assert child.uri == "https://acme.test/m#4/a.txt"


def test_new_changed_unchanged_and_gone_are_told_apart() -> None:
    known = [_known("same"), _known("other", "0"), _known("lost")]
    plan = plan_children(_parent(), known, [_member("same"), _member("other"), _member("more")])

    assert [child.member.name for child in plan.new] == ["more"]
    assert [child.document for child in plan.changed] == [known[1]]
    assert [child.document for child in plan.unchanged] == [known[0]]
    assert _gone(plan) == ["lost"]


def test_a_child_of_a_renamed_or_redated_file_is_another_to_readers() -> None:
    known = [_known("a"), _known("b")]
    parent = _parent("file:///share/new.zip")
    members = [_member("a"), _member("b")]

    assert len(plan_children(parent, known, members).changed) == 2
    redated = plan_children(_parent(), known, [members[0], _member("b", modified_at=_PACKED_AT)])
    assert [child.document for child in redated.changed] == [known[1]]


def test_a_plan_that_was_carried_out_leaves_nothing_to_do() -> None:
    members = [_member("a"), _member("b.zip"), _member("b.zip/c", "2")]
    plan = plan_children(_parent(), [], members)
    rows = [_known(child.member.name, child.revision) for child in plan.new]
    again = plan_children(_parent(), rows, members)

    assert (again.new, again.changed, again.failed, again.gone) == ((), (), (), ())
    assert len(again.unchanged) == 3


def test_a_failed_member_is_there_and_keeps_its_row() -> None:
    known = [_known("a.txt")]
    plan = plan_children(
        _parent(), known, [], failures=[_failure("a.txt"), _failure("a.txt"), _failure("../b")]
    )

    first, second = plan.failed
    assert (first.document, first.code, first.detail) == (known[0], "damaged", "Damaged.")
    assert (second.document, second.external_id) == (None, "a.zip!/../b")
    assert second.acl == ("group:hr",)
    assert plan.gone == ()


def test_what_lies_in_a_container_that_failed_is_not_known_to_be_gone() -> None:
    known = [_known("b.zip"), _known("b.zip/c"), _known("b.zipper"), _known("a")]
    plan = plan_children(_parent(), known, [_member("b.zip")], failures=[_failure("b.zip")])

    assert _gone(plan) == ["b.zipper", "a"]
    assert plan.failed == ()


def test_nothing_is_gone_from_a_file_that_was_not_read_to_its_end() -> None:
    plan = plan_children(
        _parent(), [_known("a"), _known("b")], [_member("a")], failures=[_failure("")]
    )

    assert (plan.gone, plan.failed) == ((), ())


def test_children_that_a_listing_names_are_the_listings() -> None:
    known = [_known("a.pdf", is_unpacked=False), _known("b.pdf", is_unpacked=False)]
    plan = plan_children(_parent(), known, [_member("a.pdf", "2")], failures=[_failure("b.pdf")])

    assert plan == ChildPlan(new=(), changed=(), unchanged=(), failed=(), gone=())
