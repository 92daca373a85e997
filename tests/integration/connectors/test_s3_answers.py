"""What the S3 connector makes of answers that a well-behaved server never gives."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import botocore.exceptions
import pytest
import urllib3.exceptions

from connectors.conformance.fault_proxy import Reply
from connectors.contract import (
    CredentialsRefused,
    DocumentRef,
    DocumentUnreadable,
    DocumentVanished,
    Milestone,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.s3.client import _translated
from connectors.s3.config import S3Config
from connectors.s3.connector import S3Connector
from connectors.s3.errors import Refusal, Refused
from core.errors import VouchError
from tests.integration.connectors.s3_server import (
    Asked,
    ScriptedServer,
    connected,
    context,
    listing,
    refusal,
)

_REFERENCE = DocumentRef(external_id="a.txt", revision="1", path="a.txt", uri="s3://docs/a.txt")
_WRONG_REGION = "<Region>eu-central-1</Region>"


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system does not say how long to wait, nobody has to."""
    monkeypatch.setattr("connectors.s3.client._FIRST_WAIT_S", 0.01)


@contextmanager
def scripted(*replies: Reply, **config: Any) -> Iterator[tuple[S3Connector, list[Asked]]]:
    """A connector whose system gives these replies, the last one for ever."""
    with (
        ScriptedServer(*replies).running() as server,
        connected(
            S3Config(bucket="docs", endpoint_url=server.url, **config), within=context(timeout_s=5)
        ) as connector,
    ):
        yield connector, server.asked


def fetch(connector: S3Connector, reference: DocumentRef = _REFERENCE) -> bytes:
    with connector.fetch(reference) as file:
        return file.read_bytes()


@pytest.mark.parametrize(
    ("reply", "error", "says"),
    [
        (refusal(404, "NoSuchBucket"), SourceMisconfigured, "does not exist"),
        (Reply(404, {}), SourceMisconfigured, "does not exist"),
        (refusal(403, "AccessDenied"), CredentialsRefused, "s3:ListBucket"),
        (refusal(403, "AllAccessDisabled"), CredentialsRefused, "access key"),
        (refusal(403, "InvalidAccessKeyId"), CredentialsRefused, "access key"),
        (refusal(403, "SignatureDoesNotMatch"), CredentialsRefused, "access key"),
        (refusal(400, "ExpiredToken"), CredentialsRefused, "expired"),
        (refusal(400, "InvalidToken"), CredentialsRefused, "access key"),
        (Reply(401, {}), CredentialsRefused, "access key"),
        (refusal(403, "RequestTimeTooSkewed"), SourceMisconfigured, "clock"),
        (
            refusal(301, "PermanentRedirect", x_amz_bucket_region="eu-central-1"),
            SourceMisconfigured,
            "region eu-central-1",
        ),
        (refusal(301, "PermanentRedirect"), SourceMisconfigured, "another region"),
        (
            refusal(400, "AuthorizationHeaderMalformed", more=_WRONG_REGION),
            SourceMisconfigured,
            "region eu-central-1",
        ),
        (refusal(400, "IllegalLocationConstraintException"), SourceMisconfigured, "region"),
        (
            Reply(302, {"Location": "http://169.254.169.254/latest/"}),
            SourceMisconfigured,
            "not followed",
        ),
        (refusal(400, "InvalidRequest"), SourceMisconfigured, "InvalidRequest"),
        (refusal(501, "NotImplemented"), SourceMisconfigured, "NotImplemented"),
    ],
)
def test_refused_listing_says_what_to_do_and_is_not_asked_again(
    reply: Reply, error: type[VouchError], says: str
) -> None:
    with scripted(reply) as (connector, asked):
        with pytest.raises(error, match=says) as caught:
            connector.check()
        assert type(caught.value) is error
        assert len(asked) == 1
        with pytest.raises(error, match=says):
            list(connector.discover(None))
        assert "test-secret" not in f"{caught.value}{caught.value.operator_detail}"


def test_check_finds_the_one_prefix_that_may_not_be_listed() -> None:
    replies = [listing("a/1"), refusal(403, "AccessDenied")]
    with (
        scripted(*replies, prefixes=["a/", "b/"]) as (connector, _),
        pytest.raises(CredentialsRefused, match="s3:ListBucket"),
    ):
        connector.check()


@pytest.mark.parametrize(
    ("reply", "error", "says"),
    [
        (refusal(404, "NoSuchKey"), DocumentVanished, "gone"),
        (refusal(404, "NoSuchBucket"), DocumentVanished, "gone"),
        (refusal(403, "AccessDenied"), DocumentUnreadable, "s3:GetObject"),
        (refusal(403, "InvalidObjectState"), DocumentUnreadable, "archived"),
        (refusal(400, "KMS.DisabledException"), DocumentUnreadable, "KMS.DisabledException"),
        (refusal(400, "InvalidRequest"), DocumentUnreadable, "InvalidRequest"),
        (refusal(400, "ExpiredToken"), CredentialsRefused, "expired"),
        (refusal(403, "InvalidAccessKeyId"), CredentialsRefused, "access key"),
    ],
)
def test_refused_object_says_why_and_is_not_asked_for_again(
    reply: Reply, error: type[VouchError], says: str
) -> None:
    with scripted(reply) as (connector, asked):
        with pytest.raises(error, match=says) as caught:
            fetch(connector)
        assert type(caught.value) is error
        assert len(asked) == 1


@pytest.mark.parametrize("reply", [refusal(503, "SlowDown"), refusal(500, "InternalError")])
def test_system_that_is_busy_for_long_is_asked_a_few_times(reply: Reply) -> None:
    with scripted(reply) as (connector, asked):
        with pytest.raises(SourceUnavailable):
            connector.check()
        assert len(asked) == 4


def test_wait_that_the_system_asks_for_and_is_too_long_is_left_to_the_caller() -> None:
    with scripted(refusal(503, "SlowDown", Retry_After="120")) as (connector, asked):
        with pytest.raises(SourceUnavailable) as caught:
            connector.check()
        assert caught.value.retry_after_s == 120
        assert len(asked) == 1


def test_busy_system_is_given_the_time_that_it_asks_for() -> None:
    replies = [refusal(503, "SlowDown", Retry_After="1"), listing("a")]
    with scripted(*replies) as (connector, asked):
        before = time.monotonic()
        assert len(list(connector.discover(None))) == 3
        assert time.monotonic() - before >= 1
        assert len(asked) == 2


def test_listing_that_was_cut_to_nothing_is_not_an_empty_one() -> None:
    """The vendor's library takes it for one."""
    with (
        scripted(Reply(200, {"Content-Length": "500"})) as (connector, _),
        pytest.raises(SourceUnavailable),
    ):
        list(connector.discover(None))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", SourceMisconfigured),
        (b"<ListBucketResult></ListBucketResult>", SourceMisconfigured),
        (
            b"<X><IsTruncated>false</IsTruncated><Contents><Size>1</Size></Contents></X>",
            SourceMisconfigured,
        ),
        (b"<!doctype html><p>Please log in<br>", SourceUnavailable),
        (b"<ListBucketResult><IsTruncated>fal", SourceUnavailable),
        (b"<Error><Code>InternalError</Code></Error>", SourceUnavailable),
        (
            b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;">]><X>&b;</X>',
            SourceMisconfigured,
        ),
    ],
)
def test_success_that_is_no_listing_is_never_an_empty_one(
    body: bytes, error: type[VouchError]
) -> None:
    with scripted(Reply(200, {}, body)) as (connector, _), pytest.raises(error):
        list(connector.discover(None))


def test_answer_that_goes_on_and_on_is_not_held_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.s3.transport._MAX_LISTING_BYTES", 1_000)
    with (
        scripted(Reply(200, {}, b"<X>" + b" " * 100_000)) as (connector, _),
        pytest.raises(SourceUnavailable),
    ):
        list(connector.discover(None))


@pytest.mark.parametrize("keys", [("b", "a"), ("a", "a")])
def test_system_that_lists_in_no_order_is_refused(keys: tuple[str, ...]) -> None:
    with (
        scripted(listing(*keys)) as (connector, _),
        pytest.raises(SourceMisconfigured, match="order"),
    ):
        list(connector.discover(None))


def test_system_that_does_not_know_start_after_is_refused_and_not_asked_for_ever() -> None:
    with (
        scripted(listing("a", "b", token="t")) as (connector, _),
        pytest.raises(SourceMisconfigured, match="order"),
    ):
        list(connector.discover(None))


def test_page_without_a_key_is_not_taken_for_the_last() -> None:
    with scripted(listing("a", token="1"), listing(token="2"), listing("b")) as (connector, asked):
        items = list(connector.discover(None))
    assert [item.path for item in items if isinstance(item, DocumentRef)] == ["a", "b"]
    assert len([item for item in items if isinstance(item, Milestone)]) == 2
    assert "start-after=a" in asked[1].target
    assert "continuation-token=2" in asked[2].target


def test_endless_pages_without_a_key_are_given_up() -> None:
    with (
        scripted(listing(token="same")) as (connector, _),
        pytest.raises(SourceUnavailable, match="more"),
    ):
        list(connector.discover(None))


def test_line_breaks_and_dots_in_a_key_reach_the_system_unchanged() -> None:
    key = "/a/../b//line\nbreak/./.."
    with scripted(listing(key), Reply(200, {}, b"x")) as (connector, asked):
        (reference,) = [i for i in connector.discover(None) if isinstance(i, DocumentRef)]
        assert reference.external_id == key
        assert fetch(connector, reference) == b"x"
    assert asked[1].target == "/docs//a/../b//line%0Abreak/./.."


def test_object_of_unknown_length_is_not_believed() -> None:
    with (
        scripted(Reply(200, {"Content-Length": ""}, b"half of i")) as (connector, _),
        pytest.raises(SourceUnavailable, match="how long"),
    ):
        fetch(connector)


def test_half_an_object_is_fetched_again() -> None:
    whole = b"x" * 400_000
    cut = Reply(200, {"Content-Length": str(len(whole))}, whole[:300_000])
    with scripted(cut, cut, Reply(200, {}, whole)) as (connector, asked):
        assert fetch(connector) == whole
        assert len(asked) == 3


def test_object_with_another_checksum_than_the_system_says_is_not_believed() -> None:
    with (
        scripted(Reply(200, {"x-amz-checksum-crc32": "AAAAAA=="}, b"damaged")) as (connector, _),
        pytest.raises(SourceUnavailable),
    ):
        fetch(connector)


def test_nothing_stays_open_when_a_listing_is_dropped_and_a_fetch_fails() -> None:
    with scripted(listing("a", token="1"), refusal(404, "NoSuchKey")) as (connector, _):
        next(iter(connector.discover(None)))
        with pytest.raises(DocumentVanished):
            fetch(connector)
    gc.collect()  # A connection left open would be a ResourceWarning, and so an error.


def _vendor_errors(base: type[BaseException]) -> list[type[BaseException]]:
    found = [base]
    for error in base.__subclasses__():
        if error.__module__.startswith(("botocore", "urllib3")):
            found += _vendor_errors(error)
    return found


@pytest.mark.parametrize("is_for_object", [False, True])
def test_every_error_of_the_vendor_becomes_one_of_ours(is_for_object: bool) -> None:
    vendors: list[Any] = [
        *_vendor_errors(botocore.exceptions.BotoCoreError),
        *_vendor_errors(botocore.exceptions.ClientError),
        *_vendor_errors(urllib3.exceptions.HTTPError),
        OSError,
    ]
    assert len(vendors) > 100
    for vendor in vendors:
        with (
            pytest.raises((SourceUnavailable, SourceMisconfigured)),
            _translated(is_for_object=is_for_object),
        ):
            raise vendor.__new__(vendor)


@pytest.mark.parametrize("is_for_object", [False, True])
def test_every_status_becomes_an_error_of_ours(is_for_object: bool) -> None:
    for status in range(300, 600):
        refused = Refused(Refusal.of(status, {}, b""))
        with pytest.raises(VouchError), _translated(is_for_object=is_for_object):
            raise refused
