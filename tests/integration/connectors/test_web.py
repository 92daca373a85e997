"""Websites beyond the kit: what they forbid, how they fail, where links lead, what a page says."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.context import ConnectorContext
from connectors.contract import (
    Checkpoint,
    CheckpointExpired,
    Coverage,
    DocumentFailure,
    DocumentRef,
    DocumentUnreadable,
    DocumentVanished,
    FileTooLarge,
    ListingEnd,
    ListingFailure,
    ListingItem,
    Milestone,
    SourceMisconfigured,
    SourceUnavailable,
)
from connectors.egress import AddressRefused, EgressPolicy
from connectors.http import retries
from connectors.pacing import Pacer
from connectors.web.config import WebConfig
from connectors.web.connector import WebConnector
from tests.integration.connectors.http_server import Asked, HTTPWorld, Page, context, http_world

Opening = Callable[..., WebConnector]

ARTICLE = (
    "Everybody has thirty days of leave in a year, of which five may be taken until the end of "
    "March of the next one. Whoever falls ill on a day of leave gets it back with a certificate."
)


@pytest.fixture(scope="module")
def scripted() -> Iterator[HTTPWorld]:
    with http_world() as world:
        yield world


@pytest.fixture
def world(scripted: HTTPWorld, monkeypatch: pytest.MonkeyPatch) -> HTTPWorld:
    """A site that says what the test makes it say."""
    monkeypatch.setattr(retries, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(WebConnector, "milestone_every", 1)
    scripted.reset()
    return scripted


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[HTTPWorld]:
    """Another site."""
    with http_world() as world:
        yield world


@pytest.fixture
def open_site(world: HTTPWorld, tmp_path: Path) -> Iterator[Opening]:
    """By default one that is crawled from its root."""
    opened = []

    def make(given: ConnectorContext | None = None, **config: Any) -> WebConnector:
        if "sitemaps" not in config:
            config.setdefault("start_urls", (f"{world.url}/",))
        given = given or context(tmp_path, timeout_s=0.4)
        opened.append(WebConnector.open(WebConfig(**config), None, given))
        return opened[-1]

    yield make
    for connector in opened:
        connector.close()


def html(text: str = ARTICLE, *, links: tuple[str, ...] = (), head: str = "") -> bytes:
    anchors = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return (
        f"<!doctype html><html><head><title>Leave</title>{head}</head><body>"
        f"<nav><ul>{anchors}</ul></nav><main><article><h1>Leave</h1><p>{text}</p></article></main>"
        "</body></html>"
    ).encode()


def page(text: str = ARTICLE, *, links: tuple[str, ...] = (), head: str = "", **more: str) -> Page:
    headers = {"Content-Type": "text/html; charset=utf-8"}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    return Page(html(text, links=links, head=head), 200, headers)


def sitemap(*urls: str, index: bool = False, lastmod: str = "") -> bytes:
    root, entry = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    said = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    entries = "".join(f"<{entry}><loc>{url}</loc>{said}</{entry}>" for url in urls)
    return (
        f'<{root} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</{root}>'.encode()
    )


def robots(world: HTTPWorld, *lines: str) -> None:
    world.answers["/robots.txt"] = Page("\n".join(("User-agent: *", *lines)).encode())


def listed(connector: WebConnector, since: Checkpoint | None = None) -> list[ListingItem]:
    return [item for item in connector.discover(since) if not isinstance(item, Milestone)]


def documents(items: list[ListingItem]) -> dict[str, DocumentRef]:
    return {item.path: item for item in items if isinstance(item, DocumentRef)}


def failures(items: list[ListingItem]) -> dict[str, str]:
    return {item.path: item.code for item in items if isinstance(item, DocumentFailure)}


def gaps(items: list[ListingItem]) -> list[str]:
    return [item.code for item in items if isinstance(item, ListingFailure)]


def coverage(items: list[ListingItem]) -> Coverage:
    assert isinstance(items[-1], ListingEnd)
    return items[-1].coverage


def text_of(connector: WebConnector, reference: DocumentRef) -> str:
    with connector.fetch(reference) as file:
        return file.read_text()


def conditional(body: bytes, **validators: str) -> Callable[[Asked], Page]:
    """Answers 304 to whoever knows the validators."""
    headers = {
        "Content-Type": "text/html",
        **{k.replace("_", "-"): v for k, v in validators.items()},
    }

    def answer(asked: Asked) -> Page:
        is_known = asked.headers.get("If-None-Match") == headers.get("ETag", "none") or (
            asked.headers.get("If-Modified-Since") == headers.get("Last-Modified", "none")
        )
        return Page(b"", 304, headers) if is_known else Page(body, 200, headers)

    return answer


# Links


def test_links_lead_to_pages_which_are_documents_once_however_they_are_written(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers["/"] = page(
        links=("/a", "a#part", "./a?utm_source=mail", f"{world.url}/x/../a", "mailto:ana@acme.test")
    )
    world.answers["/a"] = page(links=("/", "%C3%BC", "javascript:alert(1)"))
    world.answers["/%C3%BC"] = page()
    items = listed(open_site())
    assert set(documents(items)) == {"/", "a", "ü"}
    assert coverage(items) is Coverage.EVERYTHING
    assert world.targets == ["/robots.txt", "/", "/a", "/%C3%BC"]
    reference = documents(items)["a"]
    assert reference.external_id == reference.uri == f"{world.url}/a"
    assert reference.mime == "text/html"


def test_depth_counts_links_from_the_start(world: HTTPWorld, open_site: Opening) -> None:
    for number in range(4):
        world.answers[f"/{number or ''}"] = page(links=(f"/{number + 1}",))
    items = listed(open_site(max_depth=2))
    assert set(documents(items)) == {"/", "1", "2"}
    assert coverage(items) is Coverage.EVERYTHING
    assert "/3" not in world.targets
    assert set(documents(listed(open_site(max_depth=0)))) == {"/"}


def test_other_hosts_are_never_asked_unless_they_are_allowed(
    world: HTTPWorld, elsewhere: HTTPWorld, open_site: Opening
) -> None:
    elsewhere.reset()
    world.answers["/"] = page(links=(f"{elsewhere.url}/b", "/moved"))
    world.redirect("/moved", f"{elsewhere.url}/c")
    elsewhere.answers |= {"/b": page(), "/c": page()}
    assert set(documents(listed(open_site()))) == {"/"}
    assert elsewhere.asked == []
    items = listed(open_site(allowed_hosts=(f"127.0.0.1:{elsewhere.port}",)))
    assert set(documents(items)) == {"/", "b", "c"}
    assert elsewhere.targets[0] == "/robots.txt"


def test_what_is_left_out_is_not_asked_for_not_even_after_a_redirect(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers["/"] = page(links=("/docs/a", "/docs/moved", "/blog/a"))
    world.answers |= {"/docs/a": page(links=("/docs/old/a",)), "/blog/a": page()}
    world.redirect("/docs/moved", "/blog/a")
    items = listed(open_site(include=("docs/**",), exclude=("/docs/old/**",)))
    assert set(documents(items)) == {"docs/a"}
    assert not {"/blog/a", "/docs/old/a"} & set(world.targets)


def test_redirected_page_is_a_document_where_it_has_led_and_asked_for_once(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers["/"] = page(links=("/old", "/new"))
    world.redirect("/old", "/new", 301)
    world.answers["/new"] = page()
    assert set(documents(listed(open_site()))) == {"/", "new"}
    assert world.targets.count("/new") == 1


def test_redirects_without_an_end_are_a_failed_page(world: HTTPWorld, open_site: Opening) -> None:
    world.answers["/"] = page(links=("/loop",))
    world.redirect("/loop", "/loop")
    assert failures(listed(open_site())) == {"loop": "page_unreachable"}


def test_canonical_address_is_the_document_s(world: HTTPWorld, open_site: Opening) -> None:
    named = '<link rel="canonical" href="/a">'
    world.answers["/"] = page(links=("/a?sort=1", "/a?sort=2"))
    for target in ("/a", "/a?sort=1", "/a?sort=2"):
        world.answers[target] = page(head=named)
    assert set(documents(listed(open_site()))) == {"/", "a"}
    assert world.targets.count("/a") == 1


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        (Page(b"", 404), {"/", "a"}),
        (Page(b"", 403), {"/", "a"}),
        (page(head='<meta name="robots" content="noindex">'), {"/", "a"}),
        (page(head='<link rel="canonical" href="/a">'), {"/", "a", "b"}),
        (Page(b"", 302, {"Location": "/a"}), {"/", "a"}),
        (page(), {"/", "b"}),
    ],
    ids=["gone", "closed", "not indexed", "loop", "leads back", "right"],
)
def test_canonical_address_counts_only_if_it_is_a_document_of_its_own(
    world: HTTPWorld, open_site: Opening, there: Page, expected: set[str]
) -> None:
    world.answers["/"] = page(links=("/a", "/b"))
    world.answers["/a"] = page(head='<link rel="canonical" href="/b">')
    world.answers["/b"] = there
    for _ in range(2):
        assert set(documents(listed(open_site()))) == expected


def test_canonical_address_on_another_site_does_not_count(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers["/"] = page(head='<link rel="canonical" href="https://acme.test/">')
    assert set(documents(listed(open_site()))) == {"/"}


# Wishes of the site


def test_forbidden_pages_are_neither_asked_for_nor_documents(
    world: HTTPWorld, open_site: Opening
) -> None:
    robots(world, "Disallow: /private", "Allow: /private/open")
    world.answers["/"] = page(links=("/private/a", "/private/open", "/moved"))
    world.answers |= {"/private/a": page(), "/private/open": page()}
    world.redirect("/moved", "/private/b")
    items = listed(open_site())
    assert set(documents(items)) == {"/", "private/open"}
    assert not failures(items)
    assert not gaps(items)
    assert not {"/private/a", "/private/b"} & set(world.targets)


def test_rules_for_this_crawler_count_before_those_for_all(
    world: HTTPWorld, open_site: Opening
) -> None:
    text = b"User-agent: VouchBot\nDisallow: /a\n\nUser-agent: *\nDisallow: /b\n"
    world.answers |= {"/robots.txt": Page(text), "/": page(links=("/a", "/b")), "/b": page()}
    assert set(documents(listed(open_site()))) == {"/", "b"}


def test_page_that_is_forbidden_later_is_no_document_any_more(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers |= {"/": page(links=("/a",)), "/a": page()}
    reference = documents(listed(open_site()))["a"]
    robots(world, "Disallow: /a")
    assert set(documents(listed(open_site()))) == {"/"}
    with pytest.raises(DocumentVanished, match=r"robots\.txt"):
        text_of(open_site(), reference)


def test_site_that_forbids_its_start_is_misconfigured_not_empty(
    world: HTTPWorld, open_site: Opening
) -> None:
    robots(world, "Disallow: /")
    for act in (open_site().check, lambda: listed(open_site())):
        with pytest.raises(SourceMisconfigured, match=r"robots\.txt"):
            act()


@pytest.mark.parametrize("status", [500, 503, 429])
def test_nothing_is_asked_for_while_robots_txt_cannot_be_read(
    world: HTTPWorld, open_site: Opening, status: int
) -> None:
    world.answers |= {"/robots.txt": Page(b"", status), "/": page()}
    for act in (open_site().check, lambda: listed(open_site())):
        with pytest.raises(SourceUnavailable, match=r"robots\.txt cannot be read"):
            act()
    assert set(world.targets) == {"/robots.txt"}


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_site_without_robots_txt_allows_everything(
    world: HTTPWorld, open_site: Opening, status: int
) -> None:
    world.answers |= {"/robots.txt": Page(b"User-agent: *\nDisallow: /", status), "/": page()}
    assert set(documents(listed(open_site()))) == {"/"}


def test_crawl_delay_is_kept_by_all_connectors_of_a_source_together(
    world: HTTPWorld, open_site: Opening, tmp_path: Path
) -> None:
    robots(world, "Crawl-delay: 0.2")
    world.answers |= {"/": page(links=("/a",)), "/a": page()}
    given = context(tmp_path)
    began_at = time.monotonic()
    reference = documents(listed(open_site(given)))["a"]
    text_of(open_site(given), reference)
    assert time.monotonic() - began_at >= 0.4


def test_every_request_waits_for_the_source_s_pace(
    world: HTTPWorld, open_site: Opening, tmp_path: Path
) -> None:
    world.answers |= {"/": page(links=("/a",)), "/a": page()}
    policy = EgressPolicy(allow_private=True)
    given = ConnectorContext(
        source_id="web", cache_dir=tmp_path, egress=policy, pacer=Pacer(10), timeout_s=1
    )
    began_at = time.monotonic()
    listed(open_site(given))
    assert time.monotonic() - began_at >= 0.2


def test_page_that_does_not_want_to_be_found_is_only_followed(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers["/"] = page(links=("/a", "/b", "/file"))
    world.answers["/a"] = page(head='<meta name="robots" content="noindex">', links=("/c",))
    world.answers["/b"] = page(X_Robots_Tag="noindex", links=("/d",))
    headers = {"Content-Type": "text/plain", "X-Robots-Tag": "VouchBot: none"}
    world.answers["/file"] = Page(b"text", 200, headers)
    world.answers |= {"/c": page(), "/d": page()}
    assert set(documents(listed(open_site()))) == {"/", "c", "d"}


def test_page_that_does_not_want_to_be_followed_is_only_found(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers["/"] = page(links=("/a",), head='<meta name="robots" content="nofollow">')
    assert set(documents(listed(open_site()))) == {"/"}
    assert "/a" not in world.targets


# Sitemaps


def test_sitemap_names_the_pages_and_their_links_are_not_followed(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers["/sitemap.xml"] = Page(
        sitemap(f"{world.url}/a", f"{world.url}/b?x=1&amp;y=2", "http://elsewhere.test/c")
    )
    world.answers |= {"/a": page(links=("/d",)), "/b?x=1&y=2": page(), "/d": page()}
    items = listed(open_site(sitemaps=(f"{world.url}/sitemap.xml",)))
    assert set(documents(items)) == {"a", "b?x=1&y=2"}
    assert coverage(items) is Coverage.EVERYTHING


def test_index_of_sitemaps_is_followed_and_packed_ones_are_unpacked(
    world: HTTPWorld, open_site: Opening
) -> None:
    names = [f"{world.url}/{name}" for name in ("1.xml", "2.xml.gz", "index.xml")]
    world.answers["/index.xml"] = Page(sitemap(*names, index=True))
    world.answers["/1.xml"] = Page(sitemap(f"{world.url}/a", lastmod="2024-05-01"))
    world.answers["/2.xml.gz"] = Page(gzip.compress(sitemap(f"{world.url}/b")))
    world.answers |= {"/a": page(), "/b": page()}
    items = listed(open_site(sitemaps=(names[2],)))
    assert set(documents(items)) == {"a", "b"}
    updated_at = documents(items)["a"].updated_at
    assert updated_at is not None
    assert updated_at.isoformat() == "2024-05-01T00:00:00+00:00"


def test_pages_of_a_sitemap_are_followed_beside_pages_to_start_from(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers["/sitemap.xml"] = Page(sitemap(f"{world.url}/a"))
    world.answers |= {"/": page(), "/a": page(links=("/b",)), "/b": page()}
    site = open_site(start_urls=(f"{world.url}/",), sitemaps=(f"{world.url}/sitemap.xml",))
    assert set(documents(listed(site))) == {"/", "a", "b"}


@pytest.mark.parametrize(
    "there",
    [
        Page(b"", 404),
        Page(b"", 403),
        page(),
        Page(b"<urlset><url>"),
        Page(b'<!DOCTYPE a [<!ENTITY b "c">]><urlset/>'),
        Page(gzip.compress(sitemap(), mtime=0)[:-4]),
    ],
    ids=["gone", "closed", "page", "half", "entities", "half packed"],
)
def test_sitemap_that_cannot_be_read_is_misconfigured_and_below_an_index_a_gap(
    world: HTTPWorld, open_site: Opening, there: Page
) -> None:
    world.answers["/index.xml"] = Page(
        sitemap(f"{world.url}/1.xml", f"{world.url}/2.xml", index=True)
    )
    world.answers |= {"/1.xml": there, "/2.xml": Page(sitemap(f"{world.url}/a")), "/a": page()}
    items = listed(open_site(sitemaps=(f"{world.url}/index.xml",)))
    assert set(documents(items)) == {"a"}
    assert gaps(items) == ["links_unknown"]
    site = open_site(sitemaps=(f"{world.url}/1.xml",))
    for act in (site.check, lambda: listed(site)):
        with pytest.raises(SourceMisconfigured):
            act()


def test_trusted_lastmod_saves_the_request_until_it_changes(
    world: HTTPWorld, open_site: Opening
) -> None:
    config = {"sitemaps": (f"{world.url}/sitemap.xml",), "trust_lastmod": True}
    world.answers["/sitemap.xml"] = Page(sitemap(f"{world.url}/a", lastmod="2024-05-01"))
    world.answers["/a"] = page()
    first = documents(listed(open_site(**config)))
    world.asked.clear()
    assert documents(listed(open_site(**config))) == first
    assert "/a" not in world.targets
    world.answers["/sitemap.xml"] = Page(sitemap(f"{world.url}/a", lastmod="2024-05-02"))
    listed(open_site(**config))
    assert "/a" in world.targets
    robots(world, "Disallow: /a")
    assert not documents(listed(open_site(**config)))


# Changes


@pytest.mark.parametrize(
    "validators",
    [
        {"ETag": '"1"'},
        {"ETag": 'W/"1"'},
        {"Last_Modified": "Wed, 01 May 2024 10:00:00 GMT"},
    ],
    ids=["etag", "weak etag", "last-modified"],
)
def test_unchanged_page_is_not_sent_again_and_still_leads_to_its_links(
    world: HTTPWorld, open_site: Opening, validators: dict[str, str]
) -> None:
    sent = []

    def answer(asked: Asked) -> Page:
        sent.append(conditional(html(links=("/a",)), **validators)(asked))
        return sent[-1]

    world.answers |= {"/": answer, "/a": page()}
    first = documents(listed(open_site()))
    assert documents(listed(open_site())) == first
    assert set(first) == {"/", "a"}
    assert [page.status for page in sent] == [200, 304]
    assert sent[1].body == b""


def test_redirect_to_another_page_is_not_taken_for_the_known_one(
    world: HTTPWorld, open_site: Opening
) -> None:
    modified = "Wed, 01 May 2024 10:00:00 GMT"
    world.answers["/"] = page(links=("/latest",))
    world.redirect("/latest", "/v1")
    world.answers |= {
        "/v1": conditional(html(), Last_Modified=modified),
        "/v2": conditional(html("Another text. " + ARTICLE), Last_Modified=modified),
    }
    assert set(documents(listed(open_site()))) == {"/", "v1"}
    world.redirect("/latest", "/v2")
    assert set(documents(listed(open_site()))) == {"/", "v2"}


def test_revision_is_the_main_text_s(world: HTTPWorld, open_site: Opening) -> None:
    def with_footer(text: str, footer: str) -> Page:
        body = html(text).replace(
            b"</main>", b"</main><footer><p>%b</p></footer>" % footer.encode()
        )
        return Page(body, 200, {"Content-Type": "text/html"})

    revisions = []
    for text, footer in (
        (ARTICLE, "Served in 12 ms. Copyright 2024 Acme."),
        (ARTICLE, "Served in 13 ms. Copyright 2025 Acme."),
        (ARTICLE + " That is all.", "Served in 13 ms. Copyright 2025 Acme."),
    ):
        world.answers["/"] = with_footer(text, footer)
        site = open_site()
        reference = documents(listed(site))["/"]
        revisions.append(reference.revision)
    assert revisions[0] == revisions[1] != revisions[2]
    content = text_of(site, reference)
    assert "That is all." in content
    assert "<title>Leave</title>" in content
    assert "Copyright" not in content


@pytest.mark.parametrize(
    ("body", "charset"),
    [
        ("Größe".encode(), "text/html"),
        ("Größe".encode(), "text/html; charset=ISO-8859-1"),
        ("Größe".encode("cp1252"), "text/html; charset=iso-8859-1"),
        ("Größe".encode("cp1252"), "text/html"),
        ("\ufeffGröße".encode("utf-16-le"), "text/html; charset=utf-8"),
        ('<meta charset="iso-8859-15">Größe'.encode("iso-8859-15"), "text/html"),
        ("Größe".encode(), "text/html; charset=no-such-thing"),
    ],
)
def test_page_is_read_in_its_encoding_and_handed_out_as_utf_8(
    world: HTTPWorld, open_site: Opening, body: bytes, charset: str
) -> None:
    world.answers["/"] = Page(body, 200, {"Content-Type": charset})
    site = open_site()
    assert "Größe" in text_of(site, documents(listed(site))["/"])


def test_files_are_handed_out_as_they_are_and_other_types_are_no_documents(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers["/"] = page(links=("/a.pdf", "/a.zip", "/untyped"))
    pdf = {"Content-Type": "application/pdf", "ETag": '"7"'}
    world.answers["/a.pdf"] = Page(b"%PDF-1.7\r\n\x00", 200, pdf)
    world.answers["/a.zip"] = Page(b"PK", 200, {"Content-Type": "application/zip"})
    world.answers["/untyped"] = Page(b"?")
    site = open_site()
    found = documents(listed(site))
    assert set(found) == {"/", "a.pdf"}
    assert (found["a.pdf"].revision, found["a.pdf"].size_bytes) == ("7", 11)
    with site.fetch(found["a.pdf"]) as file:
        assert file.read_bytes() == b"%PDF-1.7\r\n\x00"


# Failures and deletions


@pytest.mark.parametrize("status", [404, 410])
def test_page_that_is_gone_is_gone(world: HTTPWorld, open_site: Opening, status: int) -> None:
    world.answers |= {"/": page(links=("/a",)), "/a": page()}
    reference = documents(listed(open_site()))["a"]
    world.answers["/a"] = Page(b"", status)
    items = listed(open_site())
    assert set(documents(items)) == {"/"}
    assert not failures(items)
    assert not gaps(items)
    with pytest.raises(DocumentVanished):
        text_of(open_site(), reference)


@pytest.mark.parametrize(
    ("there", "code"),
    [
        (Page(b"", 500), "source_unavailable"),
        (Page(b"", 503), "source_unavailable"),
        (Page(b"x" * 99, 200, {"Content-Type": "text/html"}, cut=9), "source_unavailable"),
        (Page(b"", 401), "login_required"),
        (Page(b"", 403), "login_required"),
        (Page(b"", 400), "page_refused"),
        (Page(b"x" * 5000, 200, {"Content-Type": "text/html"}), "file_too_large"),
    ],
    ids=["500", "503", "half", "401", "403", "400", "large"],
)
def test_page_that_fails_is_not_taken_for_deleted_nor_what_it_has_led_to(
    world: HTTPWorld, open_site: Opening, tmp_path: Path, there: Page, code: str
) -> None:
    def site() -> WebConnector:
        return open_site(context(tmp_path, max_file_bytes=4000))

    world.answers |= {"/": page(links=("/a",)), "/a": page(links=("/b",)), "/b": page()}
    before = documents(listed(site()))
    world.answers["/a"] = there
    items = listed(site())
    assert set(documents(items)) == {"/", "b"}
    assert failures(items) == {"a": code}
    assert not gaps(items)
    with pytest.raises((SourceUnavailable, DocumentUnreadable, FileTooLarge)):
        text_of(site(), before["a"])


def test_what_is_behind_a_page_that_fails_and_was_never_read_is_not_taken_for_deleted(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers |= {"/": page(links=("/a", "/b")), "/a": Page(b"", 500), "/b": page()}
    for _ in range(3):
        items = listed(open_site())
        assert gaps(items) == ["links_unknown"]
        # Last, or the sync would take what follows for seen already.
        assert isinstance(items[-2], ListingFailure)
        assert set(documents(items)) == {"/", "b"}


def test_page_that_wants_a_login_in_each_listing_stands_in_the_way_of_deletions_once(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers |= {"/": page(links=("/login",)), "/login": Page(b"", 403)}
    seen = [listed(open_site()) for _ in range(3)]
    assert [failures(items) for items in seen] == [{"login": "login_required"}] * 3
    assert [gaps(items) for items in seen] == [["links_unknown"], [], []]


def test_gap_of_a_listing_that_did_not_end_is_told_by_the_next_and_by_the_resumed_one(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers |= {"/": page(links=("/login", "/a")), "/login": Page(b"", 403), "/a": page()}
    listing = open_site().discover(None)
    milestones = []
    for item in listing:
        if isinstance(item, Milestone):
            milestones.append(item.checkpoint)
        if len(milestones) == 2:
            break
    assert isinstance(listing, Iterator)
    listing.close()  # type: ignore[attr-defined]
    for since in (None, *milestones):
        assert gaps(listed(open_site(), since)) == ["links_unknown"]


@pytest.mark.parametrize("there", [Page(b"", 500), Page(b"", delay_s=2), Page(b"", 404)])
def test_site_that_is_down_is_never_listed_as_empty(
    world: HTTPWorld, open_site: Opening, tmp_path: Path, there: Page
) -> None:
    world.answers |= {"/": page(links=("/a",)), "/a": page()}
    site = open_site(context(tmp_path, timeout_s=0.5))
    milestones = [i.checkpoint for i in site.discover(None) if isinstance(i, Milestone)]
    world.answers |= {"/": there, "/a": there}
    expected = SourceMisconfigured if there.status == 404 else SourceUnavailable
    for act in (
        site.check,
        lambda: listed(site),
        lambda: listed(site, milestones[0]),
        lambda: listed(site, milestones[-1]),
    ):
        with pytest.raises(expected):
            act()


def test_five_unreachable_pages_in_a_row_are_an_unreachable_site(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers["/"] = page(links=tuple(f"/{number}" for number in range(9)))
    world.answers |= {f"/{number}": Page(b"", 500) for number in range(9)}
    with pytest.raises(SourceUnavailable):
        listed(open_site())
    assert "/5" not in world.targets


def test_site_that_asks_to_wait_is_left_alone_for_as_long(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers |= {"/": page(links=("/a",)), "/a": Page(b"", 503, {"Retry-After": "120"})}
    with pytest.raises(SourceUnavailable) as raised:
        listed(open_site())
    assert raised.value.retry_after_s == 120
    assert world.targets.count("/a") == 1


def test_listing_with_too_many_pages_ends_early_and_nothing_counts_as_deleted(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers["/"] = page(links=("/a", "/b"))
    world.answers |= {"/a": page(links=("/",)), "/b": page()}
    items = listed(open_site(max_pages=2))
    assert set(documents(items)) == {"/", "a"}
    assert coverage(items) is Coverage.PARTIAL
    assert gaps(items) == ["too_many_pages"]
    assert coverage(listed(open_site(max_pages=3))) is Coverage.EVERYTHING


def test_cut_listing_is_cut_when_resumed_too(world: HTTPWorld, open_site: Opening) -> None:
    world.answers |= {"/": page(links=("/a", "/b")), "/a": page(), "/b": page()}
    site = open_site(max_pages=2)
    milestones = [i.checkpoint for i in site.discover(None) if isinstance(i, Milestone)]
    assert len(milestones) == 2
    for since in milestones:
        assert coverage(listed(site, since)) is Coverage.PARTIAL


def test_listing_cannot_go_on_without_its_cache_or_with_another_configuration(
    world: HTTPWorld, open_site: Opening, tmp_path: Path
) -> None:
    world.answers["/"] = page()
    milestone = next(i for i in open_site().discover(None) if isinstance(i, Milestone))
    with pytest.raises(CheckpointExpired):
        listed(open_site(max_depth=1), milestone.checkpoint)
    for file in tmp_path.iterdir():
        file.unlink()
    with pytest.raises(CheckpointExpired):
        listed(open_site(), milestone.checkpoint)


def test_damaged_cache_is_made_anew(world: HTTPWorld, open_site: Opening, tmp_path: Path) -> None:
    world.answers["/"] = page()
    listed(open_site())
    (file,) = tmp_path.glob("web-*.sqlite")
    file.write_bytes(b"this is no database at all, and long enough to be looked at" * 100)
    assert set(documents(listed(open_site()))) == {"/"}


def test_fetch_of_a_page_that_has_moved_or_closed_is_not_another_page(
    world: HTTPWorld, open_site: Opening
) -> None:
    world.answers |= {"/": page(links=("/a",)), "/a": page(), "/login": page("Who are you?")}
    site = open_site()
    reference = documents(listed(site))["a"]
    world.redirect("/a", "/login")
    with pytest.raises(DocumentVanished, match="moved"):
        text_of(site, reference)
    world.redirect("/a", "/a")
    with pytest.raises(DocumentUnreadable):
        text_of(site, reference)
    world.answers["/a"] = page(head='<meta name="robots" content="noindex">')
    with pytest.raises(DocumentVanished):
        text_of(site, reference)


# Where it may connect to


def test_private_address_is_refused_by_check_listing_and_fetch(
    world: HTTPWorld, open_site: Opening, tmp_path: Path
) -> None:
    world.answers |= {"/": page(), "/sitemap.xml": Page(sitemap())}
    reference = documents(listed(open_site()))["/"]
    world.asked.clear()
    strict = context(tmp_path, allow_private=False)
    site = open_site(strict)
    by_sitemap = open_site(strict, sitemaps=(f"{world.url}/sitemap.xml",))
    for act in (
        site.check,
        lambda: listed(site),
        lambda: text_of(site, reference),
        by_sitemap.check,
        lambda: listed(by_sitemap),
    ):
        with pytest.raises(AddressRefused):
            act()
    assert world.asked == []


def test_private_address_is_refused_after_a_redirect(
    world: HTTPWorld, open_site: Opening, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address is taken for a public one; the second one is what it is."""
    monkeypatch.setattr("connectors.egress.is_public", lambda ip: ip == "127.0.0.1")
    inside = f"127.0.0.2:{world.port}"
    world.answers["/"] = page(links=("/a", "/robots"))
    world.answers["/a"] = page()
    strict = context(tmp_path, allow_private=False)
    site = open_site(strict, allowed_hosts=(inside,))
    reference = documents(listed(site))["a"]
    world.redirect("/a", f"http://{inside}/")
    with pytest.raises(AddressRefused):
        listed(site)
    with pytest.raises(AddressRefused):
        text_of(site, reference)
    world.redirect("/", f"http://{inside}/")
    with pytest.raises(AddressRefused):
        site.check()
    # Another site's rules may count for this one, but not those of a machine inside.
    world.redirect("/robots.txt", f"http://{inside}/robots.txt")
    with pytest.raises(AddressRefused):
        open_site(strict).check()


def test_environment_s_proxy_is_not_used(
    world: HTTPWorld, open_site: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    world.answers["/"] = page()
    open_site().check()
