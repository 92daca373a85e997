"""What robots.txt allows us (RFC 9309), and how slowly (Crawl-delay, a custom beside it)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from protego import Protego

from connectors.contract import SourceMisconfigured, SourceUnavailable
from connectors.http.answer import Answer
from connectors.http.client import HTTPClient
from connectors.pacing import Pacer
from connectors.web.urls import authority_of

AGENT = "VouchBot"

# RFC 9309, 2.5: at least this much must be read; nobody honest needs more.
_MAX_BYTES = 500 * 1024
_MAX_DELAY_S = 60.0


class ForbiddenByRobots(Exception):
    """The site does not want this address to be asked for."""


class RobotsUnreadable(Exception):
    """It is not known what the site allows, so nothing may be asked for."""

    def __init__(self, error: SourceUnavailable) -> None:
        super().__init__(error.detail)
        self.error = error


@dataclass(frozen=True, slots=True)
class Rules:
    """Of one origin."""

    rules: Protego
    pacer: Pacer


class Robots:
    """Asked for once for each origin. Safe to use from several threads."""

    def __init__(self, client: HTTPClient, *, pacer: Pacer) -> None:
        """`pacer` is the source's own."""
        self._client = client
        self._pacer = pacer
        self._lock = threading.Lock()
        self._by_origin: dict[str, Rules] = {}

    def admit(self, url: str) -> None:
        """Return when this address may be asked for. To be called before each request.

        Raises ForbiddenByRobots, RobotsUnreadable.
        """
        self.require_allowed(url).pacer.wait()

    def require_allowed(self, url: str) -> Rules:
        """The rules that allow it. Raises ForbiddenByRobots, RobotsUnreadable."""
        found = self._rules_for(url)
        if not found.rules.can_fetch(url, AGENT):
            raise ForbiddenByRobots(url)
        return found

    def _rules_for(self, url: str) -> Rules:
        origin = f"{url.partition('://')[0]}://{authority_of(url)}"
        with self._lock:
            if origin not in self._by_origin:
                self._by_origin[origin] = self._read(origin)
            return self._by_origin[origin]

    def _read(self, origin: str) -> Rules:
        try:
            text = self._client.ask("GET", f"{origin}/robots.txt", handle=_text_of)
        except SourceUnavailable as error:
            problem = SourceUnavailable(
                f"It is not known what may be asked for: {origin}/robots.txt cannot be read. "
                f"{error.detail}",
                retry_after_s=error.retry_after_s,
            )
            raise RobotsUnreadable(problem) from error
        except SourceMisconfigured:
            # Redirects without an end, which RFC 9309 counts as no file.
            text = ""
        rules = Protego.parse(text)
        delay_s = min(rules.crawl_delay(AGENT) or 0.0, _MAX_DELAY_S)
        return Rules(rules, _slow_pacer(self._pacer, origin, delay_s))


_slow_pacers: WeakKeyDictionary[Pacer, dict[tuple[str, float], Pacer]] = WeakKeyDictionary()
_slow_pacers_lock = threading.Lock()


def _slow_pacer(pacer: Pacer, origin: str, delay_s: float) -> Pacer:
    """One for all connectors of a source in this process, as its own pacer is."""
    with _slow_pacers_lock:
        known = _slow_pacers.setdefault(pacer, {})
        return known.setdefault((origin, delay_s), Pacer(1 / delay_s if delay_s > 0 else None))


def _text_of(answer: Answer) -> str:
    if 400 <= answer.status < 500:
        return ""
    if not answer.is_success:
        raise SourceUnavailable(
            f"The server answers with the status {answer.status}.",
            retry_after_s=answer.retry_after_s,
        )
    content = bytearray()
    for piece in answer.pieces():
        content += piece
        if len(content) > _MAX_BYTES:
            break
    return bytes(content[:_MAX_BYTES]).decode("utf-8", errors="replace")
