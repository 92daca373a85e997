"""One address for one page, and which addresses belong to a source."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.web.config import WebConfig
from connectors.web.urls import Scope, canonical_url, path_of

_BASE = "https://docs.acme.test/hr/leave?page=2"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("sick", "https://docs.acme.test/hr/sick"),
        ("/", "https://docs.acme.test/"),
        ("https://docs.acme.test", "https://docs.acme.test/"),
        ("  ../a\n", "https://docs.acme.test/a"),
        ("?page=3", "https://docs.acme.test/hr/leave?page=3"),
        ("#part", "https://docs.acme.test/hr/leave?page=2"),
        ("HTTPS://DOCS.acme.test:443/A", "https://docs.acme.test/A"),
        ("http://docs.acme.test:80/a", "http://docs.acme.test/a"),
        ("//other.test:8443/a", "https://other.test:8443/a"),
        ("/a?b=1&utm_source=x&a=2&fbclid=y", "https://docs.acme.test/a?b=1&a=2"),
        ("/a?utm_source=x", "https://docs.acme.test/a"),
        ("/a?", "https://docs.acme.test/a"),
        ("/a;jsessionid=1F?PHPSESSID=2", "https://docs.acme.test/a"),
        ("/%7eana/%c3%bc%2f", "https://docs.acme.test/~ana/%C3%BC%2F"),
        ("/ü b", "https://docs.acme.test/%C3%BC%20b"),
        ("/a/%2e%2e/b", "https://docs.acme.test/b"),
        ("https://büro.test/", "https://xn--bro-hoa.test/"),
    ],
)
def test_link_in_any_spelling_leads_to_one_address(href: str, expected: str) -> None:
    assert canonical_url(href, base=_BASE) == expected


@pytest.mark.parametrize(
    "href",
    [
        "mailto:ana@acme.test",
        "javascript:void(0)",
        "data:text/html,a",
        "ftp://acme.test/a",
        "https://ana:secret@acme.test/",
        "https://[::1",
        "https://acme.test:99999/",
        "/a%00b",
        "/" + "a" * 2000,
    ],
)
def test_what_is_no_address_of_a_page_is_none(href: str) -> None:
    assert canonical_url(href, base=_BASE) is None


@given(st.text(max_size=60))
def test_address_is_its_own_address(href: str) -> None:
    found = canonical_url(href, base=_BASE)
    assert found is None or canonical_url(found, base=found) == found


@given(st.from_regex(r"[a-z%/.0-9A-F;?&=ü]{0,30}", fullmatch=True))
def test_path_is_its_own_address(path: str) -> None:
    found = canonical_url(f"https://acme.test/{path}", base=_BASE)
    assert found is None or canonical_url(found, base=_BASE) == found
    assert found is None or path_of(found)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://acme.test/", "/"),
        ("https://acme.test/a/", "a/"),
        ("https://acme.test/%C3%BC%20b?q=%C3%A4", "ü b?q=ä"),
    ],
)
def test_path_is_what_people_read(url: str, path: str) -> None:
    assert path_of(url) == path


def _scope(**config: Any) -> Scope:
    return Scope(WebConfig(**{"start_urls": ("https://docs.acme.test/start",), **config}))


@pytest.mark.parametrize(
    ("url", "is_inside"),
    [
        ("https://docs.acme.test/start", True),
        ("https://docs.acme.test/hr/a", True),
        ("https://docs.acme.test/hr/old/a", False),
        ("https://docs.acme.test/it/a", False),
        ("https://docs.acme.test/%68r/a?b", True),
        ("https://docs.acme.test:8443/hr/a", False),
        ("https://acme.test/hr/a", False),
        ("https://more.acme.test/hr/a", True),
        ("https://docs.acme.test.evil.test/hr/a", False),
    ],
)
def test_scope_is_hosts_and_globs_and_where_it_starts(url: str, is_inside: bool) -> None:
    scope = _scope(
        allowed_hosts=("More.acme.test:443",), include=("/hr/**",), exclude=("hr/old/**",)
    )
    assert scope.has_address(url) is is_inside


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("other.test", "https://other.test/"),
        ("other.test:8443", "https://other.test:8443/"),
        ("127.0.0.1:80", "http://127.0.0.1/"),
        ("[2001:db8::1]:8443", "https://[2001:db8::1]:8443/"),
        ("my_wiki.acme.test", "https://my_wiki.acme.test/"),
    ],
)
def test_host_can_be_allowed(host: str, url: str) -> None:
    assert _scope(allowed_hosts=(host,)).has_address(url)


def test_host_given_with_https_is_not_spoken_to_by_http() -> None:
    scope = _scope(allowed_hosts=("old.acme.test",))
    assert scope.adopted("http://docs.acme.test/a") == "https://docs.acme.test/a"
    assert scope.adopted("http://old.acme.test/a") == "http://old.acme.test/a"
    assert scope.adopted("http://other.test/a") is None
    plain = _scope(start_urls=("http://docs.acme.test/",))
    assert plain.adopted("https://docs.acme.test/a") == "https://docs.acme.test/a"
    assert plain.adopted("http://docs.acme.test/a") == "http://docs.acme.test/a"


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"start_urls": ["ftp://acme.test/"]},
        {"start_urls": ["https://ana:secret@acme.test/"]},
        {"start_urls": ["https://acme.test/#part"]},
        {"start_urls": ["/a"]},
        {"sitemaps": ["https://"]},
        {"start_urls": ["https://acme.test/"], "allowed_hosts": ["https://acme.test"]},
        {"start_urls": ["https://acme.test/"], "allowed_hosts": ["*.acme.test"]},
        {"start_urls": ["https://acme.test/"], "allowed_hosts": ["acme.test:99999"]},
        {"start_urls": ["https://acme.test/"], "mime_types": []},
        {"start_urls": ["https://acme.test/"], "mime_types": ["text/*"]},
        {"start_urls": ["https://acme.test/"], "max_depth": -1},
        {"start_urls": ["https://acme.test/"], "max_pages": 0},
    ],
)
def test_unusable_configuration_is_refused_and_no_password_repeated(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as raised:
        WebConfig(**config)
    assert all("secret" not in error["msg"] for error in raised.value.errors())
