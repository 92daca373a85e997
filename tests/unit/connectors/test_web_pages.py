"""What a page says: its encoding, main text, links, and what it asks of crawlers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.web import pages
from connectors.web.pages import Page, decode_page, read_page, wishes_of_headers

_URL = "https://docs.acme.test/hr/leave"
_TEXT = (
    "Everybody has thirty days of leave in a year, of which five may be taken until the end of "
    "March of the next one. Whoever falls ill on a day of leave gets it back with a certificate."
)


def _read(html: str, *, robots: tuple[str, ...] = ()) -> Page:
    return read_page(html.encode(), url=_URL, charset="utf-8", robots=robots)


def _article(around: str = "", *, text: str = _TEXT) -> str:
    return (
        "<html><head><title> Leave &amp;\n illness </title></head><body>"
        f"<nav><a href=/>Home</a></nav><main><h1>Leave</h1><p>{text}</p>"
        "<table><tr><td>Days</td><td>30</td></tr></table><ul><li>One point</li></ul></main>"
        f"<footer><p>{around}</p></footer></body></html>"
    )


def test_content_is_title_and_main_text_with_its_structure() -> None:
    content = (_read(_article("Imprint, and how to reach us")).content or b"").decode()
    assert content.startswith("<!doctype html>\n<html><head><meta charset=")
    for part in ("<title>Leave &amp; illness</title>", "<h1>Leave</h1>", _TEXT, "<td>Days</td>"):
        assert part in content
    assert "Imprint" not in content
    assert "Home" not in content


def test_content_depends_on_the_main_text_alone() -> None:
    one = _read(_article("Visitor 1017. 12 ms.")).content
    assert _read(_article("Visitor 2034. 15 ms.")).content == one
    assert _read(_article(text=_TEXT.replace("thirty", "31"))).content != one


@pytest.mark.parametrize("html", ["", "   ", "<p></p>", "<html><body></body></html>"])
def test_page_without_a_main_text_is_kept_as_it_is(html: str) -> None:
    assert _read(html).content == b"\xef\xbb\xbf" + html.encode()


def test_page_too_large_to_extract_from_is_kept_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_MAX_EXTRACTED_ELEMENTS", 5)
    assert (_read(_article()).content or b"").endswith(_article().encode())


def test_page_that_the_extraction_fails_on_is_kept_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("trafilatura.extract", fail)
    page = _read(_article())
    assert (page.content or b"").endswith(_article().encode())
    assert page.links == ("https://docs.acme.test/",)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_page(body: bytes) -> None:
    assert read_page(body, url=_URL, charset=None).content is not None


def test_deeply_nested_page_is_a_page() -> None:
    assert _read("<div>" * 20_000 + _TEXT).content


def test_links_are_absolute_once_each_and_in_order() -> None:
    page = _read(
        '<a href="sick">1</a><a href="/b#x">2</a><a href="/b#y">3</a><area href=/c>'
        '<link rel=stylesheet href=/style.css><a href="">4</a><a name=x>5</a>'
        '<a href="mailto:ana@acme.test">6</a>'
    )
    assert page.links == (
        "https://docs.acme.test/hr/sick",
        "https://docs.acme.test/b",
        "https://docs.acme.test/c",
        _URL,
    )


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("/other/", "https://docs.acme.test/other/a"),
        ("https://cdn.acme.test/x/", "https://cdn.acme.test/x/a"),
        ("javascript:0", "https://docs.acme.test/hr/a"),
        ("", "https://docs.acme.test/hr/a"),
    ],
)
def test_links_are_relative_to_the_page_s_base(base: str, expected: str) -> None:
    assert _read(f'<base href="{base}"><a href=a>1</a>').links == (expected,)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("<link rel=canonical href=/a>", "https://docs.acme.test/a"),
        ("<link rel='Canonical shortlink' href=/a#b>", "https://docs.acme.test/a"),
        ("<link rel=canonical href=''>", None),
        ("<link rel=canonical>", None),
        ("<link rel=canonical href='javascript:0'>", None),
        ("<link rel=alternate href=/a>", None),
    ],
)
def test_canonical_address(link: str, expected: str | None) -> None:
    assert _read(f"<html><head>{link}</head><body>a</body></html>").canonical == expected


@pytest.mark.parametrize(
    ("head", "robots", "is_found", "is_followed"),
    [
        ("", (), True, True),
        ("<meta name=robots content='NOINDEX, follow'>", (), False, True),
        ("<meta name=Robots content=nofollow>", (), True, False),
        ("<meta name=robots content=none>", (), False, False),
        ("<meta name=vouchbot content=noindex>", (), False, True),
        ("<meta name=otherbot content=noindex>", (), True, True),
        ("<meta name=robots>", (), True, True),
        ("", ("noindex",), False, True),
        ("", ("otherbot: noindex", "nofollow"), True, False),
    ],
)
def test_what_the_page_asks_for_is_done(
    head: str, robots: tuple[str, ...], is_found: bool, is_followed: bool
) -> None:
    page = _read(
        f"<html><head>{head}</head><body><a href=/a>{_TEXT}</a></body></html>", robots=robots
    )
    assert (page.content is not None) is is_found
    assert bool(page.links) is is_followed


def test_link_with_nofollow_is_not_followed() -> None:
    assert _read("<a rel='external NoFollow' href=/a>1</a><a href=/b>2</a>").links == (
        "https://docs.acme.test/b",
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["noindex, otherbot: nofollow, none"], {"noindex"}),
        (["otherbot: noindex, VouchBot: nofollow"], {"nofollow"}),
        (["max-image-preview: large, noindex"], {"max-image-preview: large", "noindex"}),
        (["otherbot: noindex", "nofollow"], {"nofollow"}),
    ],
)
def test_header_is_for_the_crawler_that_it_names(values: list[str], expected: set[str]) -> None:
    assert wishes_of_headers(values) == expected


def test_header_with_a_date_in_it_is_still_read_to_its_end() -> None:
    value = "unavailable_after: Saturday, 25 Jun 2050 15:00:00 PST, noindex"
    assert "noindex" in wishes_of_headers([value])


@pytest.mark.parametrize(
    ("body", "charset", "expected"),
    [
        ("ü".encode(), None, "ü"),
        ("ü".encode("cp1252"), None, "ü"),
        ("€".encode("cp1252"), "iso-8859-1", "€"),
        ("ü".encode(), "latin1", "ü"),
        (b"a\xffb \xc3\xbc", "utf-8", "a\ufffdb ü"),
        ("\ufeffü".encode(), "iso-8859-1", "ü"),
        ("\ufeffü".encode("utf-16-be"), None, "ü"),
        ("文".encode("gb2312"), "GB2312", "文"),
        ("ü".encode(), "punycode", "ü"),
        ("ü".encode(), "zlib", "ü"),
        ("ü".encode(), "no-such-thing", "ü"),
        ("ü".encode(), "\x00", "ü"),
    ],
)
def test_encoding_of_the_header(body: bytes, charset: str | None, expected: str) -> None:
    assert decode_page(body, charset=charset) == expected


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="windows-1251">', "windows-1251"),
        ("<META http-equiv=Content-Type content='text/html; charset=koi8-r'>", "koi8-r"),
        ('<?xml version="1.0" encoding="iso-8859-5"?>', "iso-8859-5"),
        ("<meta charset=utf-16>", "utf-8"),
    ],
)
def test_encoding_of_the_page_s_own_word(head: str, encoding: str) -> None:
    assert decode_page(f"{head}Привет".encode(encoding), charset=None).endswith("Привет")
