"""Where a connector may connect to: the public internet, unless an admin opens more for a source.

Whoever registers a source chooses an address, and the server connects to it from inside: without
this, a source on `http://169.254.169.254/` would read the machine's own cloud credentials.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass

from core.errors import ConfigurationError, TransientError

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# What `is_global` of one Python release or another takes for public, and clouds' own services.
# Source: the IANA registries of special-purpose addresses, RFC 6890 and what has followed it.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10",
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "::/96",
        "::ffff:0:0:0/96",
        "64:ff9b:1::/48",
        "100::/64",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)


class AddressRefused(ConfigurationError):
    """The address is this machine's, its network's, or the cloud's own."""

    title = "Address refused"


class HostNotFound(TransientError):
    """The name has no address, now."""

    title = "Host not found"


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressPolicy:
    """Decides on addresses, not on names, and at the moment of connecting: a redirect or a DNS
    answer that changes between check and use leads nowhere new.
    """

    allow_private: bool = False

    def resolve(self, host: str, port: int) -> tuple[str, ...]:
        """The host's addresses, each of which may be connected to, in the system's order.

        Raises HostNotFound, and AddressRefused if any one of them may not: a name with a public
        and a private address is an attempt, not an oversight.
        """
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise HostNotFound(f"The host {host!r} cannot be resolved.") from error
        addresses = tuple(dict.fromkeys(str(item[4][0]) for item in found))
        for address in addresses:
            if not self.allow_private and not is_public(address):
                raise AddressRefused(
                    f"The host {host!r} is on a private or local network, where sources may not "
                    "connect. An admin can allow it for this source: allow_private_network.",
                    operator_detail=f"{host} resolves to {address}",
                )
        return addresses

    def connect(self, host: str, port: int, *, timeout_s: float) -> socket.socket:
        """A connection to the first address that answers. Raises what `resolve` raises; OSError."""
        failure: OSError | None = None
        for address in self.resolve(host, port):
            try:
                return socket.create_connection((address, port), timeout=timeout_s)
            except OSError as error:
                failure = error
        raise failure or OSError(f"no address for {host!r}")


def is_public(address: str) -> bool:
    """Whether an IPv4 or IPv6 address belongs to the public internet."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if embedded is None and ip in _NAT64:
            embedded = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if embedded is not None:
            return is_public(str(embedded))
    is_special = any(ip in network for network in _NOT_PUBLIC if network.version == ip.version)
    return ip.is_global and not ip.is_multicast and not is_special
