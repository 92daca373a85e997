"""Sitemaps as sites write them, whole and broken, however the bytes arrive."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import FileTooLarge
from connectors.web import sitemaps
from connectors.web.sitemaps import MalformedSitemap, SitemapEntry, parse_sitemap

_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_PAGES = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- made by a generator -->
<urlset {_SPACE} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url>
    <loc> https://acme.test/a?b=1&amp;c=2
    </loc><lastmod>2024-05-01</lastmod><priority>0.5</priority>
    <image:image><image:loc>https://acme.test/a.png</image:loc></image:image>
  </url>
  <url><lastmod>2024-05-02</lastmod></url>
  <url><loc><![CDATA[https://acme.test/ü]]></loc></url>
</urlset>""".encode()
_ENTRIES = [
    SitemapEntry(url="https://acme.test/a?b=1&c=2", lastmod="2024-05-01"),
    SitemapEntry(url="https://acme.test/ü"),
]


@given(st.integers(1, 200), st.booleans())
def test_entries_are_the_same_however_the_bytes_arrive(size: int, is_packed: bool) -> None:
    data = gzip.compress(_PAGES) if is_packed else _PAGES
    pieces = [data[first : first + size] for first in range(0, len(data), size)]
    assert list(parse_sitemap(pieces)) == _ENTRIES


@pytest.mark.parametrize(
    "space", [_SPACE, "", 'xmlns="http://www.google.com/schemas/sitemap/0.84"']
)
def test_index_names_sitemaps(space: str) -> None:
    text = f"<sitemapindex {space}><sitemap><loc>https://acme.test/1.xml</loc></sitemap>"
    found = list(parse_sitemap([f"{text}</sitemapindex>".encode()]))
    assert found == [SitemapEntry(url="https://acme.test/1.xml", is_sitemap=True)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"User-agent: *",
        b"<html><body>Not found</body></html>",
        b"<rss><channel/></rss>",
        _PAGES[:-20],
        gzip.compress(_PAGES)[:-20],
        b"\x1f\x8bnothing",
        b'<!DOCTYPE a [<!ENTITY b "c">]><urlset/>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><urlset/>',
        b'<?xml version="1.0" encoding="no-such-thing"?><urlset/>',
        f"<urlset><url><loc>{'a' * 5000}</loc></url></urlset>".encode(),
    ],
)
def test_what_is_no_whole_sitemap_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedSitemap):
        list(parse_sitemap([data]))


@given(st.binary(max_size=300))
def test_any_bytes_are_entries_or_malformed(data: bytes) -> None:
    try:
        list(parse_sitemap([data]))
    except MalformedSitemap:
        return


def test_entries_come_while_the_bytes_still_arrive() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"<urlset><url><loc>https://acme.test/a</loc></url>"
        raise AssertionError("nobody asked for more")

    assert next(parse_sitemap(pieces())).url == "https://acme.test/a"


def test_little_that_unpacks_to_much_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "_MAX_BYTES", 1024**2)
    bomb = gzip.compress(b"<urlset>" + b" " * 2 * 1024**2 + b"</urlset>")
    with pytest.raises(FileTooLarge):
        list(parse_sitemap([bomb]))
