"""How a client connects."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpx

TIMEOUT_S = 120.0
"""For each wait: until the connection stands, and for each piece of the reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Where a server is, and with which key and for whom to call it."""

    url: str
    api_key: str
    act_for: str | None = None
    timeout_s: float = TIMEOUT_S

    def http_options(self) -> dict[str, Any]:
        """What an httpx client of it is made with."""
        headers = {"Authorization": f"Bearer {self.api_key}"}
        if self.act_for is not None:
            headers["X-Vouch-User"] = self.act_for
        return {
            "base_url": self.url,
            "headers": headers,
            "timeout": self.timeout_s,
            # The environment's proxies are not for a server that is usually on this machine.
            "trust_env": False,
            "verify": _tls(),
        }


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """One for all clients: reading the authorities' certificates takes a tenth of a second."""
    return httpx.create_ssl_context(trust_env=False)
