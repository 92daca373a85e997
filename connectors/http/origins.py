"""Where a URL leads: what may be sent there depends on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult, urljoin, urlsplit

from connectors.contract import SourceMisconfigured

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port, as browsers compare them."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """Raises ValueError unless it is an http or https URL with a host."""
        parts = urlsplit(url)
        default = _DEFAULT_PORTS.get(parts.scheme)
        port = parts.port or default
        if default is None or port is None or not parts.hostname:
            raise ValueError("must be http://HOST or https://HOST")
        return cls(parts.scheme, parts.hostname, port)


def require_plain_url(url: str, *, allow_http: bool) -> SplitResult:
    """The parts of a URL that may stand in a configuration. Raises ValueError for another.

    No message repeats it: someone may have put a password into it.
    """
    if not url.isprintable() or " " in url:
        raise ValueError("must not contain spaces or control characters")
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError("must not contain a user name or password: give `credentials`")
    origin = Origin.of(url)
    if origin.scheme == "http" and not allow_http:
        raise ValueError("must begin with https://, or set allow_http: anyone can listen to http")
    if parts.fragment:
        raise ValueError("must not have a fragment")
    return parts


def redirect_target(url: str, location: str, *, allow_http: bool) -> str:
    """Where an answer sends us. Raises SourceMisconfigured where it is better not to follow."""
    try:
        target = urljoin(url, location.strip())
        parts = urlsplit(target)
        origin = Origin.of(target)
    except ValueError as error:
        raise SourceMisconfigured("The server redirects to what is no web address.") from error
    if "@" in parts.netloc:
        raise SourceMisconfigured("The server redirects to a URL with a user name in it.")
    if origin.scheme == "http" and not allow_http:
        raise SourceMisconfigured(
            "The server redirects from https to http, where anyone could listen. If that cannot "
            "be changed, allow it for this source: allow_http."
        )
    return parts._replace(fragment="").geturl()
