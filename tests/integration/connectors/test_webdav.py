"""WebDAV beyond the kit: odd servers, odd names, ids that survive a renaming, failing parts."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote
from xml.sax.saxutils import escape

import httpx
import pytest
from pydantic import SecretStr

from connectors.contract import (
    Checkpoint,
    CheckpointExpired,
    Coverage,
    CredentialsRefused,
    DocumentFailure,
    DocumentRef,
    DocumentUnreadable,
    DocumentVanished,
    ListingEnd,
    ListingFailure,
    ListingItem,
    Milestone,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.egress import AddressRefused
from connectors.http import retries
from connectors.registry import validated_config, validated_credentials
from connectors.webdav.config import WebdavConfig, WebdavCredentials
from connectors.webdav.connector import WebdavConnector
from connectors.webdav.multistatus import MalformedMultistatus, parse_multistatus
from tests.integration.connectors.http_server import Asked, HTTPWorld, Page, context, http_world
from tests.integration.connectors.webdav_server import CREDENTIALS, WebdavServer, running_server

Opening = Callable[..., WebdavConnector]


@pytest.fixture(scope="module")
def scripted() -> Iterator[HTTPWorld]:
    with http_world() as world:
        yield world


@pytest.fixture
def world(scripted: HTTPWorld, monkeypatch: pytest.MonkeyPatch) -> HTTPWorld:
    """A server that says what the test makes it say."""
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.02)
    scripted.reset()
    return scripted


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebdavServer]:
    with running_server(tmp_path_factory.mktemp("webdav")) as server:
        yield server


@pytest.fixture
def open_source(tmp_path: Path) -> Iterator[Opening]:
    opened = []

    def make(
        url: str,
        *,
        credentials: WebdavCredentials | None = CREDENTIALS,
        allow_private: bool = True,
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
    ) -> WebdavConnector:
        config = WebdavConfig(url=url, allow_http=True, include=include, exclude=exclude)
        given = context(tmp_path, allow_private=allow_private, timeout_s=0.4)
        opened.append(WebdavConnector.open(config, credentials, given))
        return opened[-1]

    yield make
    for connector in opened:
        connector.close()


def collection(href: str) -> str:
    return _response(href, "<d:resourcetype><d:collection/></d:resourcetype>")


def file(href: str, *, etag: str | None = '"1"', more: str = "") -> str:
    properties = f"<d:resourcetype/><d:getetag>{etag}</d:getetag>" if etag else ""
    return _response(href, properties + more)


def multistatus(*responses: str) -> Page:
    text = (
        '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" '
        f'xmlns:oc="http://owncloud.org/ns">{"".join(responses)}</d:multistatus>'
    )
    return Page(text.encode(), 207, {"Content-Type": "application/xml"})


def _response(href: str, properties: str) -> str:
    return (
        f"<d:response><d:href>{escape(href)}</d:href><d:propstat><d:prop>{properties}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><d:getetag/>"
        "</d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>"
    )


def documents(items: list[ListingItem]) -> dict[str, DocumentRef]:
    return {item.path: item for item in items if isinstance(item, DocumentRef)}


def test_each_collection_is_asked_once_and_never_for_all_that_is_below(
    world: HTTPWorld, open_source: Opening
) -> None:
    world.answers = {
        "/dav/": multistatus(collection("/dav/"), collection("/dav/b/"), file("/dav/a")),
        "/dav/b/": multistatus(collection("/dav/b/"), file("/dav/b/c")),
    }
    items = list(open_source(f"{world.url}/dav").discover(None))
    assert set(documents(items)) == {"a", "b/c"}
    assert [(asked.method, asked.target, asked.headers["Depth"]) for asked in world.asked] == [
        ("PROPFIND", "/dav/", "1"),
        ("PROPFIND", "/dav/b/", "1"),
    ]


@pytest.mark.parametrize(
    ("href", "path"),
    [
        ("/d%C3%A4v/a%20b", "a b"),
        ("/däv/a b", "a b"),
        ("/d%c3%a4v/%61", "a"),
        ("https://inside.test/d%C3%A4v/a", "a"),
        ("//inside.test/d%C3%A4v/a", "a"),
        ("/d%C3%A4v//a", "a"),
        ("/d%C3%A4v/100%25%2F", None),
        ("/d%C3%A4v/%00", None),
        ("/d%C3%A4v/%FF", None),
    ],
)
def test_names_are_read_however_the_server_writes_them(
    world: HTTPWorld, open_source: Opening, href: str, path: str | None
) -> None:
    world.answers[f"/d%C3%A4v/{quote(path or '')}"] = Page(b"content")
    world.answers["/d%C3%A4v/"] = multistatus(collection("/d%C3%A4v/"), file(href))
    connector = open_source(f"{world.url}/däv")
    items = list(connector.discover(None))
    if path is None:
        assert [type(item) for item in items] == [DocumentFailure, Milestone, ListingEnd]
        return
    assert set(documents(items)) == {path}
    with connector.fetch(documents(items)[path]) as fetched:
        assert fetched.read_bytes() == b"content"


@pytest.mark.parametrize(
    "href",
    [
        "/secret",
        "/davother/a",
        "/",
        "",
        "/dav/b/below",
        "/dav/..",
        "/dav/../secret",
        "/dav/%2E%2E/secret",
        "/dav/.",
        "http://[",
    ],
)
@pytest.mark.parametrize("make", [file, collection])
def test_what_lies_elsewhere_is_left_out(
    world: HTTPWorld, open_source: Opening, href: str, make: Callable[[str], str]
) -> None:
    world.answers["/dav/"] = multistatus(collection("/dav/"), make(href), file("/dav/a"))
    items = list(open_source(f"{world.url}/dav/").discover(None))
    assert set(documents(items)) == {"a"}
    assert {type(item) for item in items} == {DocumentRef, Milestone, ListingEnd}
    assert world.targets == ["/dav/"]


def test_etag_is_the_revision_or_else_time_and_length(
    world: HTTPWorld, open_source: Opening
) -> None:
    time = "<d:getlastmodified>Fri, 31 Dec 1999 23:59:59 GMT</d:getlastmodified>"
    length = "<d:getcontentlength>12</d:getcontentlength>"
    world.answers["/"] = multistatus(
        collection("/"),
        file("/a", etag='W/"x-1"', more=time),
        file("/b", etag=None, more=time + length),
        file("/c", etag=None, more=length),
    )
    items = list(open_source(f"{world.url}/").discover(None))
    found = documents(items)
    assert found["a"].revision == "x-1"
    assert found["b"].revision == "Fri, 31 Dec 1999 23:59:59 GMT 12"
    assert found["b"].size_bytes == 12
    assert found["b"].updated_at is not None
    assert found["b"].updated_at.isoformat() == "1999-12-31T23:59:59+00:00"
    (failure,) = [item for item in items if isinstance(item, DocumentFailure)]
    assert (failure.path, failure.code) == ("c", "no_revision")


@pytest.mark.parametrize(
    ("name", "declared", "mime"),
    [
        ("a.pdf", "application/octet-stream", "application/pdf"),
        ("a.pdf", "", "application/pdf"),
        ("a", "application/octet-stream", "application/octet-stream"),
        ("a", "Text/HTML; charset=utf-8", "text/html"),
        ("a", "nonsense", None),
    ],
)
def test_type_is_the_servers_word_unless_the_name_says_more(
    world: HTTPWorld, open_source: Opening, name: str, declared: str, mime: str | None
) -> None:
    more = f"<d:getcontenttype>{declared}</d:getcontenttype>"
    world.answers["/"] = multistatus(collection("/"), file(f"/{name}", more=more))
    assert documents(list(open_source(world.url).discover(None)))[name].mime == mime


@pytest.mark.parametrize("status", [403, 404, 423, 500, 507])
def test_collection_that_fails_keeps_what_is_below_it(
    world: HTTPWorld, open_source: Opening, status: int
) -> None:
    world.answers = {
        "/": multistatus(collection("/"), collection("/a/"), collection("/b/"), file("/c")),
        "/a/": Page(status=status),
        "/b/": multistatus(collection("/b/"), file("/b/d")),
    }
    items = list(open_source(world.url).discover(None))
    failed = [item.path_prefix for item in items if isinstance(item, ListingFailure)]
    # What is not there any more has not failed.
    assert failed == ([] if status == 404 else ["a/"])
    assert set(documents(items)) == {"b/d", "c"}
    assert items[-1] == ListingEnd(coverage=Coverage.EVERYTHING)


def test_several_collections_that_fail_are_a_source_that_fails(
    world: HTTPWorld, open_source: Opening
) -> None:
    names = [f"/{number}/" for number in range(9)]
    world.answers = {name: Page(status=500) for name in names}
    world.answers["/"] = multistatus(collection("/"), *map(collection, names))
    with pytest.raises(SourceUnavailable):
        list(open_source(world.url).discover(None))
    assert len(world.asked) == 4


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (Page(status=401), CredentialsRefused),
        (Page(status=429, headers={"Retry-After": "900"}), SourceUnavailable),
    ],
    ids=["credentials", "limit"],
)
def test_what_fails_for_the_whole_source_ends_the_listing(
    world: HTTPWorld, open_source: Opening, page: Page, error: type[Exception]
) -> None:
    world.answers = {"/": multistatus(collection("/"), collection("/a/")), "/a/": page}
    with pytest.raises(error):
        list(open_source(world.url).discover(None))


def test_member_of_which_the_server_says_nothing_need_not_be_gone(
    world: HTTPWorld, open_source: Opening
) -> None:
    silent = "<d:response><d:href>/a</d:href><d:status>HTTP/1.1 403 No</d:status></d:response>"
    world.answers["/"] = multistatus(collection("/"), silent, file("/b"))
    items = list(open_source(world.url, include=("*",)).discover(None))
    assert [item.path_prefix for item in items if isinstance(item, ListingFailure)] == ["a"]
    assert set(documents(items)) == {"b"}


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (Page(b"<html>a page</html>", 200), SourceMisconfigured),
        (Page(status=405), SourceMisconfigured),
        (Page(status=404), SourceMisconfigured),
        (Page(status=401), CredentialsRefused),
        (Page(status=403), CredentialsRefused),
        (Page(status=500), SourceUnavailable),
        (Page(b"no XML", 207), SourceUnavailable),
        (Page(b"<a/>", 207), SourceUnavailable),
        (multistatus(file("/")), SourceMisconfigured),
        (multistatus(collection("/Another/")), SourceMisconfigured),
        (multistatus(), SourceMisconfigured),
    ],
    ids=[
        *("page", "method", "missing", "credentials", "forbidden", "error", "text", "xml"),
        *("file", "spelling", "empty"),
    ],
)
def test_root_that_is_none_is_never_an_empty_listing(
    world: HTTPWorld, open_source: Opening, page: Page, error: type[Exception]
) -> None:
    world.answers["/"] = page
    for act in (WebdavConnector.check, lambda connector: list(connector.discover(None))):
        with pytest.raises(error) as caught:
            act(open_source(world.url))
        assert type(caught.value) is error
        assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "xml",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]><d:multistatus xmlns:d="DAV:">&b;</d:multistatus>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/"><d:multistatus xmlns:d="DAV:"/>',
        '<?xml version="1.0" encoding="nonsense"?><d:multistatus xmlns:d="DAV:"/>',
        '<d:multistatus xmlns:d="DAV:"><d:response>',
        '<d:multistatus xmlns:d="DAV:"><d:response><d:href>' + "x" * 99_999,
        '<d:multistatus xmlns:d="DAV:"><d:response><d:status>HTTP/1.1 yes</d:status></d:response>'
        "</d:multistatus>",
        "<multistatus/>",
        "",
    ],
    ids=["entity", "dtd", "encoding", "cut", "long", "status", "namespace", "empty"],
)
def test_hostile_or_broken_xml_is_refused(xml: str) -> None:
    with pytest.raises(MalformedMultistatus):
        list(parse_multistatus([xml.encode()]))


def test_answer_is_read_the_same_wherever_its_pieces_end() -> None:
    body = multistatus(collection("/ä/"), file("/ä/b", more="<oc:fileid>7</oc:fileid>")).body
    whole = list(parse_multistatus([body]))
    assert [response.href for response in whole] == ["/ä/", "/ä/b"]
    assert whole[1].properties == {"getetag": '"1"', "fileid": "7"}
    assert list(parse_multistatus(body[at : at + 1] for at in range(len(body)))) == whole


def test_server_that_names_its_files_keeps_a_renamed_document(
    server: WebdavServer, open_source: Opening
) -> None:
    """A real server, with the property that Nextcloud and ownCloud have."""
    folder = server.new_collection("ids")
    folder.put("a.txt", b"one")
    body = (
        '<d:propertyupdate xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:set><d:prop>'
        "<oc:fileid>42</oc:fileid></d:prop></d:set></d:propertyupdate>"
    )
    with httpx.Client(auth=("ana", "geheim"), trust_env=False) as client:
        client.request("PROPPATCH", f"{folder.url}a.txt", content=body).raise_for_status()
        connector = open_source(folder.url)
        before = documents(list(connector.discover(None)))["a.txt"]
        client.request("MKCOL", f"{folder.url}b").raise_for_status()
        to = {"Destination": f"{folder.url}b/ü.txt".replace("ü", "%C3%BC")}
        client.request("MOVE", f"{folder.url}a.txt", headers=to).raise_for_status()
    after = documents(list(connector.discover(None)))["b/ü.txt"]
    assert before.external_id == after.external_id == "fileid:42"
    assert before.revision == after.revision
    with pytest.raises(DocumentVanished), connector.fetch(before):
        pass
    with connector.fetch(after) as fetched:
        assert fetched.read_bytes() == b"one"


def test_wrong_password_is_refused(server: WebdavServer, open_source: Opening) -> None:
    wrong = WebdavCredentials(username="ana", password=SecretStr("falsch"))
    for credentials in (wrong, None):
        connector = open_source(server.url, credentials=credentials)
        with pytest.raises(CredentialsRefused):
            connector.check()
        with pytest.raises(CredentialsRefused):
            list(connector.discover(None))


def test_globs_choose_documents_and_leave_collections_unvisited(
    world: HTTPWorld, open_source: Opening
) -> None:
    world.answers = {
        "/": multistatus(collection("/"), collection("/a/"), collection("/b/"), file("/c.pdf")),
        "/b/": multistatus(collection("/b/"), file("/b/d.pdf"), file("/b/d.txt")),
    }
    connector = open_source(world.url, include=("**/*.pdf",), exclude=("a/**", "c*"))
    assert set(documents(list(connector.discover(None)))) == {"b/d.pdf"}
    assert world.targets == ["/", "/b/"]


def test_listing_that_goes_on_does_so_where_collections_have_come_and_gone(
    world: HTTPWorld, open_source: Opening
) -> None:
    world.answers = {
        "/": multistatus(*map(collection, ["/", "/a/", "/c/"]), file("/z")),
        "/a/": multistatus(collection("/a/"), collection("/a/b/"), file("/a/x")),
        "/a/b/": multistatus(collection("/a/b/"), file("/a/b/x")),
        "/c/": multistatus(collection("/c/"), file("/c/x")),
    }
    connector = open_source(world.url)
    items = list(connector.discover(None))
    assert list(documents(items)) == ["z", "a/x", "a/b/x", "c/x"]
    after_a = [item.checkpoint for item in items if isinstance(item, Milestone)][1]
    world.answers["/a/"] = Page(status=404)
    world.answers["/"] = multistatus(*map(collection, ["/", "/0/", "/b/", "/c/"]), file("/z"))
    world.answers["/b/"] = multistatus(collection("/b/"), file("/b/x"))
    assert list(documents(list(connector.discover(after_a)))) == ["b/x", "c/x"]


def test_checkpoint_of_another_configuration_has_expired(
    world: HTTPWorld, open_source: Opening
) -> None:
    world.answers["/"] = multistatus(collection("/"))
    items = list(open_source(world.url).discover(None))
    (checkpoint,) = [item.checkpoint for item in items if isinstance(item, Milestone)]
    with pytest.raises(CheckpointExpired):
        list(open_source(world.url, exclude=("a",)).discover(Checkpoint(checkpoint)))


def test_collection_that_is_in_itself_ends(world: HTTPWorld, open_source: Opening) -> None:
    def answer(asked: Asked) -> Page:
        return multistatus(collection(asked.target), collection(f"{asked.target}a/"))

    for depth in range(120):
        world.answers[f"/{'a/' * depth}"] = answer
    items = list(open_source(world.url).discover(None))
    (failure,) = [item for item in items if isinstance(item, ListingFailure)]
    assert failure.code == "too_deep"
    assert len(world.asked) < 110


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (Page(status=404), DocumentVanished),
        (Page(status=410), DocumentVanished),
        (Page(status=403), DocumentUnreadable),
        (Page(status=423), DocumentUnreadable),
        (Page(status=401), CredentialsRefused),
        (Page(status=500), SourceUnavailable),
        (Page(status=204), SourceUnavailable),
        (Page(status=302, headers={"Location": "/login"}), DocumentUnreadable),
    ],
    ids=str,
)
def test_file_that_cannot_be_fetched_says_why(
    world: HTTPWorld, open_source: Opening, page: Page, error: type[Exception]
) -> None:
    world.answers = {"/a": page, "/login": Page(b"who?", headers={"Content-Type": "text/html"})}
    reference = DocumentRef(external_id="a", revision="1", path="a", uri=f"{world.url}/a")
    with pytest.raises(error) as caught, open_source(world.url).fetch(reference):
        pass
    assert type(caught.value) is error


def test_private_address_is_refused_in_every_way(world: HTTPWorld, open_source: Opening) -> None:
    connector = open_source(world.url, allow_private=False)
    reference = DocumentRef(external_id="a", revision="1", path="a", uri=f"{world.url}/a")
    with pytest.raises(AddressRefused):
        connector.check()
    with pytest.raises(AddressRefused):
        list(connector.discover(None))
    with pytest.raises(AddressRefused), connector.fetch(reference):
        pass
    assert world.asked == []


def test_redirect_to_a_private_address_is_refused(
    world: HTTPWorld, open_source: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.egress.is_public", lambda ip: ip == "127.0.0.1")
    world.redirect("/", "http://127.0.0.2/")
    with pytest.raises(AddressRefused):
        open_source(world.url, allow_private=False).check()


def test_credentials_are_sent_as_the_system_wants_them(
    world: HTTPWorld, open_source: Opening
) -> None:
    world.answers["/"] = multistatus(collection("/"))
    open_source(world.url).check()
    open_source(world.url, credentials=WebdavCredentials(token=SecretStr("t0ken"))).check()
    sent = [asked.headers["Authorization"] for asked in world.asked]
    assert sent == [f"Basic {base64.b64encode(b'ana:geheim').decode()}", "Bearer t0ken"]


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"url": "http://cloud.acme.test/"}, "allow_http"),
        ({"url": "ftp://cloud.acme.test/"}, "https://HOST"),
        ({"url": "https:///dav"}, "https://HOST"),
        ({"url": "https://ana:geheim@cloud.acme.test/"}, "user name"),
        ({"url": "https://cloud.acme.test/?a=b"}, "query"),
        ({"url": "https://cloud.acme.test/#a"}, "fragment"),
        ({"url": "https://cloud.acme.test:99999/"}, "[Pp]ort"),
        ({"url": "https://cloud.acme.test/a b"}, "spaces"),
        ({"url": "https://[/"}, "url|IPv6"),
    ],
)
def test_unusable_configuration_is_refused(config: dict[str, object], problem: str) -> None:
    with pytest.raises(SourceMisconfigured, match=problem) as caught:
        validated_config("webdav", config)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    "credentials",
    [
        {},
        {"username": "ana"},
        {"password": "geheim"},
        {"username": "ana", "password": "geheim", "token": "geheim"},
        {"username": "a:na", "password": "geheim"},
        {"username": "ana", "token": "geheim"},
        {"token": "geheim\r\nX: y"},
    ],
)
def test_credentials_are_a_pair_or_a_token(credentials: dict[str, str]) -> None:
    with pytest.raises(SourceMisconfigured) as caught:
        validated_credentials("webdav", credentials)
    assert "geheim" not in str(caught.value)
