"""The S3 connector on what buckets really hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from connectors.contract import (
    Coverage,
    CredentialsRefused,
    DocumentFailure,
    DocumentRef,
    DocumentUnreadable,
    DocumentVanished,
    ListingEnd,
    ListingItem,
    Milestone,
)
from connectors.registry import open_connector, validated_credentials
from connectors.s3.config import S3Config
from tests.integration.connectors.s3_server import (
    CREDENTIALS,
    Bucket,
    S3Server,
    connected,
    context,
    running_server,
)


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def bucket(server: S3Server) -> Bucket:
    return server.bucket()


def list_items(config: S3Config) -> list[ListingItem]:
    with connected(config) as connector:
        return list(connector.discover(None))


def references(config: S3Config) -> dict[str, DocumentRef]:
    return {item.path: item for item in list_items(config) if isinstance(item, DocumentRef)}


def failures(config: S3Config) -> dict[str, str]:
    return {i.path: i.code for i in list_items(config) if isinstance(i, DocumentFailure)}


def read(config: S3Config, reference: DocumentRef) -> bytes:
    with connected(config) as connector, connector.fetch(reference) as file:
        return file.read_bytes()


def test_more_keys_than_a_page_holds_are_all_listed_and_every_milestone_leads_to_the_rest(
    bucket: Bucket,
) -> None:
    bucket.server.fill(bucket.name, 2_304)
    with connected(bucket.config()) as connector:
        items = list(connector.discover(None))
        paths = [item.path for item in items if isinstance(item, DocumentRef)]
        assert paths == [f"many/{number:05}.txt" for number in range(2_304)]
        assert items[-1] == ListingEnd(coverage=Coverage.EVERYTHING)
        at = [n for n, item in enumerate(items) if isinstance(item, Milestone)]
        assert [len(items[:n]) for n in at] == [1_000, 2_001, 2_306]
        for n in at:
            milestone = items[n]
            assert isinstance(milestone, Milestone)
            assert list(connector.discover(milestone.checkpoint)) == items[n + 1 :]


def test_resumed_listing_names_what_came_after_its_place_and_misses_nothing(
    bucket: Bucket,
) -> None:
    for key in ("a", "b", "c", "d"):
        bucket.put(key)
    with connected(bucket.config(page_size=2)) as connector:
        listing = connector.discover(None)
        milestone = next(item for item in listing if isinstance(item, Milestone))
        bucket.delete("b")  # The very key that the checkpoint names.
        bucket.put("bb")
        rest = connector.discover(milestone.checkpoint)
        assert [item.path for item in rest if isinstance(item, DocumentRef)] == ["bb", "c", "d"]


def test_prefixes_are_listed_in_order_and_what_two_of_them_name_once(bucket: Bucket) -> None:
    for key in ("a/1", "b/1", "b/deep/1", "bb", "c/1", "d/1"):
        bucket.put(key)
    config = bucket.config(prefixes=["d/", "b/deep/", "b/", "nothing/"], page_size=1)
    assert list(references(config)) == ["b/1", "b/deep/1", "d/1"]
    with connected(config) as connector:
        items = list(connector.discover(None))
        for n, item in enumerate(items):
            if isinstance(item, Milestone):
                assert list(connector.discover(item.checkpoint)) == items[n + 1 :]


def test_globs_decide_on_whole_keys(bucket: Bucket) -> None:
    for key in ("a.md", "a.png", "docs/b.md", "docs/draft/c.md", "docs/draft/keep.txt"):
        bucket.put(key)
    config = bucket.config(include=["**/*.md", "**/*.txt"], exclude=["docs/draft/*.md"])
    assert set(references(config)) == {"a.md", "docs/b.md", "docs/draft/keep.txt"}


@pytest.mark.parametrize(
    "key",
    [
        "/leading.txt",
        "//two.txt",
        "a//b.txt",
        "a/../b.txt",
        "./a.txt",
        "..",
        "a/.",
        "trailing/",
        " space at both ends ",
        "plus+and%2Fpercent%.txt",
        "tab\tand\x1b.txt",
        "bell\x07.txt",
        "back\\slash.txt",
        "quote\"'<&>.txt",
        "q?a=b&c#d.txt",
        "C:/x.txt",
        "http://acme.test/a.txt",
        "data:,x",
        "ünï/文書/📄.txt",
        "n" * 1_000,
    ],
)
def test_key_that_is_no_path_is_listed_as_it_is_and_fetched(bucket: Bucket, key: str) -> None:
    bucket.put(key, b"content of " + key.encode())
    bucket.put("b.txt", b"neighbour")
    config = bucket.config()
    reference = references(config)[key]
    assert reference.external_id == key
    assert reference.uri == f"s3://{bucket.name}/{key}"
    assert read(config, reference) == b"content of " + key.encode()


def test_key_with_a_nul_is_a_failure_that_a_database_can_keep(bucket: Bucket) -> None:
    bucket.put("nul\0.txt")
    bucket.put("ok.txt")
    assert failures(bucket.config()) == {"nul\\0.txt": "unusable_key"}
    assert set(references(bucket.config())) == {"ok.txt"}


def test_keys_that_stand_for_folders_are_no_documents(bucket: Bucket) -> None:
    bucket.put("folder/", b"")
    bucket.put("folder/a.txt", b"")
    bucket.put("odd/", b"with content")
    assert set(references(bucket.config())) == {"folder/a.txt", "odd/"}


def test_archived_object_is_a_failure_that_says_what_to_do_and_the_rest_is_listed(
    bucket: Bucket,
) -> None:
    for storage_class in ("GLACIER", "DEEP_ARCHIVE", "GLACIER_IR", "STANDARD_IA"):
        bucket.put(storage_class, StorageClass=storage_class)
    config = bucket.config()
    assert failures(config) == {"GLACIER": "archived", "DEEP_ARCHIVE": "archived"}
    assert set(references(config)) == {"GLACIER_IR", "STANDARD_IA"}
    detail = next(i.detail for i in list_items(config) if isinstance(i, DocumentFailure))
    assert "Copy it" in detail


def test_object_archived_after_the_listing_is_unreadable(bucket: Bucket) -> None:
    bucket.put("a.txt")
    config = bucket.config()
    reference = references(config)["a.txt"]
    bucket.put("a.txt", StorageClass="DEEP_ARCHIVE")
    with pytest.raises(DocumentUnreadable, match="archived"):
        read(config, reference)


def test_reference_tells_size_type_and_time(bucket: Bucket) -> None:
    before = time.time()
    bucket.put("docs/Plan.PDF", b"12345")
    reference = references(bucket.config())["docs/Plan.PDF"]
    assert reference.size_bytes == 5
    assert reference.mime == "application/pdf"
    assert reference.updated_at is not None
    assert abs(reference.updated_at.timestamp() - before) < 60
    assert reference.acl is None


def test_old_content_that_returns_has_a_new_revision(bucket: Bucket) -> None:
    """Else what was fetched in between would stay for ever under the old one."""
    bucket.put("a.txt", b"one")
    before = references(bucket.config())["a.txt"].revision
    bucket.put("a.txt", b"two")
    time.sleep(1.1)
    bucket.put("a.txt", b"one")
    assert references(bucket.config())["a.txt"].revision != before


def test_object_that_changed_after_the_listing_is_fetched_as_it_is_now(bucket: Bucket) -> None:
    bucket.put("a.txt", b"one")
    config = bucket.config()
    reference = references(config)["a.txt"]
    bucket.put("a.txt", b"one and more")
    assert read(config, reference) == b"one and more"


def test_versioned_bucket_shows_its_present(bucket: Bucket) -> None:
    bucket.client.put_bucket_versioning(
        Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"}
    )
    for content in (b"one", b"two"):
        bucket.put("a.txt", content)
        bucket.put("b.txt", content)
    config = bucket.config()
    reference = references(config)["a.txt"]
    assert read(config, reference) == b"two"
    bucket.delete("a.txt")  # Puts a marker on top; the versions are still there.
    assert set(references(config)) == {"b.txt"}
    with pytest.raises(DocumentVanished):
        read(config, reference)


def test_bytes_come_as_they_are_stored_however_they_are_encoded(bucket: Bucket) -> None:
    bucket.put("a.txt", b"not really gzip", ContentEncoding="gzip")
    config = bucket.config()
    assert read(config, references(config)["a.txt"]) == b"not really gzip"


def test_first_rule_that_matches_decides_who_may_read(bucket: Bucket) -> None:
    for key in ("hr/salaries.csv", "hr/public/leave.md", "readme.md", "secret.md"):
        bucket.put(key)
    rules: list[dict[str, Any]] = [
        {"glob": "hr/public/**", "allow": ["everyone"]},
        {"glob": "hr/**", "allow": ["group:hr"]},
        {"glob": "secret.md", "allow": []},
    ]
    listed = references(bucket.config(access_rules=rules))
    assert {path: item.acl for path, item in listed.items()} == {
        "hr/salaries.csv": ("group:hr",),
        "hr/public/leave.md": ("everyone",),
        "readme.md": None,
        "secret.md": (),
    }


def test_source_as_it_is_stored_can_be_opened_and_read(bucket: Bucket) -> None:
    bucket.put("a.txt", b"one")
    stored = validated_credentials(
        "s3", {"access_key_id": "test-key", "secret_access_key": "test-secret"}
    )
    connector = open_connector(
        "s3",
        {"bucket": bucket.name, "endpoint_url": bucket.server.url},
        credentials=stored,
        context=context(),
    )
    try:
        connector.check()
    finally:
        connector.close()


def test_public_bucket_is_read_without_credentials(bucket: Bucket) -> None:
    bucket.put("a.txt", b"one", ACL="public-read")
    with connected(bucket.config(anonymous=True), None) as connector:
        connector.check()
        (reference,) = [i for i in connector.discover(None) if isinstance(i, DocumentRef)]
        with connector.fetch(reference) as file:
            assert file.read_bytes() == b"one"


def test_bucket_that_may_be_listed_and_not_read_is_refused_before_a_sync_finds_out(
    bucket: Bucket,
) -> None:
    bucket.put("a.txt", b"one", ACL="private")
    with connected(bucket.config(anonymous=True), None) as connector:
        with pytest.raises(CredentialsRefused, match="s3:GetObject"):
            connector.check()
        (reference,) = [i for i in connector.discover(None) if isinstance(i, DocumentRef)]
        with pytest.raises(DocumentUnreadable), connector.fetch(reference):
            pass
        bucket.put("b.txt", b"two", ACL="public-read")
        connector.check()


def test_key_that_the_real_server_does_not_know_is_refused(bucket: Bucket) -> None:
    def let_in(actions: str) -> None:
        urllib3.request("POST", f"{bucket.server.url}/moto-api/reset-auth", body=actions)

    bucket.put("a.txt")
    let_in("0")
    try:
        with connected(bucket.config(), CREDENTIALS) as connector:
            with pytest.raises(CredentialsRefused, match="access key"):
                connector.check()
            with pytest.raises(CredentialsRefused):
                list(connector.discover(None))
    finally:
        let_in("inf")
