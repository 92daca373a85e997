"""The shared HTTP client on a bad day: retries, half bodies, slow servers, compressed bombs."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpcore
import pytest

from connectors.contract import FileTooLarge, SourceMisconfigured, SourceUnavailable
from connectors.http import answer as answers
from connectors.http import retries
from connectors.http.answer import Answer
from connectors.http.client import HTTPClient
from connectors.http.decoding import EncodingDamaged, decoded
from connectors.http.problems import TRANSPORT_ERRORS, problem_of_transport
from connectors.http.retries import TryAgain, patiently, retry_after_s
from connectors.pacing import Pacer
from tests.integration.connectors.http_server import HTTPWorld, Page, context, http_world


@pytest.fixture(scope="module")
def server() -> Iterator[HTTPWorld]:
    with http_world() as world:
        yield world


@pytest.fixture
def world(server: HTTPWorld, monkeypatch: pytest.MonkeyPatch) -> HTTPWorld:
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.02)
    server.reset()
    return server


@pytest.fixture
def client(world: HTTPWorld, tmp_path: Path) -> Iterator[HTTPClient]:
    client = HTTPClient(context(tmp_path, timeout_s=0.3), home=world.url, allow_http=True)
    yield client
    client.close()


def get(client: HTTPClient, url: str, *, max_bytes: int = 1024**2) -> bytes:
    def read(answer: Answer) -> bytes:
        answer.require_success()
        return answer.read(max_bytes=max_bytes)

    return client.ask("GET", url, handle=read)


@pytest.mark.parametrize(
    "fault",
    [
        Page(status=429),
        Page(status=502),
        Page(status=503, headers={"Retry-After": "0"}),
        Page(status=504),
        Page(b"found", cut=3),
        Page(b"found", cut=0),
        Page(b"too late", delay_s=2),
        Page(b"4\r\nfou", headers={"Transfer-Encoding": "chunked"}, cut=6),
        Page(gzip.compress(b"found", mtime=0)[:-9], headers={"Content-Encoding": "gzip"}),
    ],
    ids=str,
)
def test_passing_fault_is_overcome(world: HTTPWorld, client: HTTPClient, fault: Page) -> None:
    world.answers["/"] = [fault, Page(b"found")]
    assert get(client, f"{world.url}/") == b"found"
    assert len(world.asked) == 2


@pytest.mark.parametrize("status", [500, 400, 404])
def test_status_that_stays_is_not_asked_for_twice(
    world: HTTPWorld, client: HTTPClient, status: int
) -> None:
    world.answers["/"] = Page(status=status)
    with pytest.raises((SourceUnavailable, SourceMisconfigured)):
        get(client, f"{world.url}/")
    assert len(world.asked) == 1


def test_lasting_fault_is_given_up_and_says_when_to_come_back(
    world: HTTPWorld, client: HTTPClient
) -> None:
    world.answers["/"] = Page(status=503, headers={"Retry-After": "0"})
    with pytest.raises(SourceUnavailable) as caught:
        get(client, f"{world.url}/")
    assert caught.value.retry_after_s == 0
    assert len(world.asked) == 4


@pytest.mark.parametrize("as_date", [False, True])
def test_long_pause_is_left_to_the_caller_and_holds_nobody_back(
    world: HTTPWorld, client: HTTPClient, as_date: bool
) -> None:
    value = format_datetime(datetime.now(UTC) + timedelta(seconds=900)) if as_date else "900"
    world.answers["/"] = [Page(status=429, headers={"Retry-After": value}), Page(b"found")]
    began_at = time.monotonic()
    with pytest.raises(SourceUnavailable) as caught:
        get(client, f"{world.url}/")
    assert caught.value.retry_after_s == pytest.approx(900, abs=5)
    assert get(client, f"{world.url}/") == b"found"
    assert time.monotonic() - began_at < 60


def test_half_a_body_is_never_a_file(world: HTTPWorld, client: HTTPClient) -> None:
    world.answers["/"] = Page(b"x" * 200_000, cut=150_000)
    with (
        pytest.raises(SourceUnavailable, match="middle"),
        client.download(f"{world.url}/", require=Answer.require_success),
    ):
        pass
    world.answers["/"] = [Page(b"x" * 200_000, cut=150_000), Page(b"whole")]
    with client.download(f"{world.url}/", require=Answer.require_success) as path:
        assert path.read_bytes() == b"whole"


def test_server_that_sends_too_slowly_is_left(
    world: HTTPWorld, client: HTTPClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_MIN_BYTES_PER_S", 10**12)
    world.answers["/"] = Page(b"x" * 1_000_000)

    def read_slowly(answer: Answer) -> None:
        for _ in answer.pieces():
            time.sleep(0.2)

    with pytest.raises(SourceUnavailable, match="slowly"):
        client.ask("GET", f"{world.url}/", handle=read_slowly)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "gzip, gzip"])
def test_bomb_is_stopped_at_the_limit(world: HTTPWorld, client: HTTPClient, encoding: str) -> None:
    bomb = b"\0" * 50_000_000
    packed = zlib.compress(bomb) if encoding == "deflate" else gzip.compress(bomb)
    if encoding == "gzip, gzip":
        packed = gzip.compress(packed)
    world.answers["/"] = Page(packed, headers={"Content-Encoding": encoding})
    with pytest.raises(FileTooLarge):
        get(client, f"{world.url}/", max_bytes=1_000_000)


def test_encoding_that_nobody_asked_for_is_refused(world: HTTPWorld, client: HTTPClient) -> None:
    world.answers["/"] = Page(b"??", headers={"Content-Encoding": "br"})
    with pytest.raises(SourceUnavailable, match="compressed"):
        get(client, f"{world.url}/")


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 300_000])
@pytest.mark.parametrize("step", [1, 7, 65_536])
def test_encodings_are_undone_wherever_the_pieces_end(size: int, step: int) -> None:
    content = bytes(number * number % 251 for number in range(size))
    bare = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(content[:10]) + gzip.compress(content[10:]),
        "deflate": zlib.compress(content),
        "deflate ": bare.compress(content) + bare.flush(),
        "gzip, deflate": zlib.compress(gzip.compress(content)),
        "identity": content,
    }
    for encoding, data in packed.items():
        pieces = [data[at : at + step] for at in range(0, len(data), step)]
        unpacked = list(decoded(pieces, encoding))
        assert b"".join(unpacked) == content
        assert all(len(piece) <= 65_536 for piece in unpacked)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_damaged_content_is_noticed(encoding: str) -> None:
    packed = gzip.compress(b"content" * 99) if encoding == "gzip" else zlib.compress(b"c" * 99)
    for damaged in (packed[:-1], b"\xff" + packed[1:], packed[:9]):
        with pytest.raises(EncodingDamaged):
            list(decoded([damaged], encoding))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Fri, 31 Dec 1999 23:59:59 GMT", 0.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("9" * 50, 999_999_999.0),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str | None, seconds: float | None) -> None:
    assert retry_after_s(text) == seconds


def test_every_error_of_the_library_is_translated() -> None:
    kinds = [kind for kind in vars(httpcore).values() if isinstance(kind, type)]
    kinds = [kind for kind in kinds if issubclass(kind, Exception)]
    assert len(kinds) > 10
    for kind in kinds:
        assert issubclass(kind, TRANSPORT_ERRORS)
        for has_begun in (False, True):
            made = problem_of_transport(kind("secret"), timeout_s=1, has_begun=has_begun)
            assert isinstance(made, TryAgain)
            assert "secret" not in made.error.detail


class _Clock:
    """Time that passes only where somebody waits."""

    def __init__(self) -> None:
        self.slept_s = 0.0

    def monotonic(self) -> float:
        return self.slept_s

    def sleep(self, seconds: float) -> None:
        self.slept_s += seconds


@pytest.mark.parametrize("asked_s", [None, 9.0, 25.0])
@pytest.mark.parametrize("is_for_everyone", [False, True])
@pytest.mark.parametrize("timeout_s", [0.0, 30.0])
def test_all_pauses_together_are_bounded(
    monkeypatch: pytest.MonkeyPatch, asked_s: float | None, is_for_everyone: bool, timeout_s: float
) -> None:
    clock = _Clock()
    monkeypatch.setattr(retries, "time", clock)
    monkeypatch.setattr("connectors.pacing.time", clock)
    pacer = Pacer()

    def fail() -> None:
        pacer.wait()
        clock.sleep(timeout_s)
        raise TryAgain(
            SourceUnavailable("no"),
            waited_s=timeout_s,
            asked_pause_s=asked_s,
            is_for_everyone=is_for_everyone,
        )

    with pytest.raises(SourceUnavailable):
        patiently(fail, pacer=pacer)
    assert clock.slept_s <= 30 + 2 * timeout_s + 0.01


def test_pause_that_the_server_asks_for_holds_back_everyone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = _Clock()
    monkeypatch.setattr(retries, "time", clock)
    monkeypatch.setattr("connectors.pacing.time", clock)
    pacer = Pacer()
    errors: list[Exception] = [
        TryAgain(SourceUnavailable("no"), asked_pause_s=12, is_for_everyone=True)
    ]

    def attempt() -> float:
        if errors:
            raise errors.pop()
        pacer.wait()  # Another thread's would wait as long.
        return clock.slept_s

    assert patiently(attempt, pacer=pacer) == pytest.approx(12)
