"""Which addresses are public: everything that could lead inside a network is not.

Stricter than `is_global`, whose list grew with Python's releases: forms that carry an IPv4 address inside an
IPv6 one are refused whole, because what they reach depends on the network they are used in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IANA's registries of special-purpose addresses, and what they leave out (multicast, former classes).
_INSIDE_4 = {
    "0.0.0.0/8": "this network", "10.0.0.0/8": "private", "100.64.0.0/10": "shared by a carrier's customers",
    "127.0.0.0/8": "this machine", "169.254.0.0/16": "link-local", "172.16.0.0/12": "private",
    "192.0.0.0/24": "protocol assignments", "192.0.2.0/24": "documentation", "192.88.99.0/24": "6to4 relays",
    "192.168.0.0/16": "private", "198.18.0.0/15": "benchmarks", "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation", "224.0.0.0/4": "multicast", "240.0.0.0/4": "reserved",
}  # fmt: skip
_INSIDE_6 = {
    "::/128": "unspecified", "::1/128": "this machine", "::ffff:0:0/96": "an IPv4 address inside an IPv6 one",
    "64:ff9b::/96": "NAT64", "64:ff9b:1::/48": "NAT64", "2001::/23": "protocol assignments and Teredo",
    "2001:db8::/32": "documentation", "2002::/16": "6to4", "3fff::/20": "documentation",
    "fc00::/7": "private", "fe80::/10": "link-local", "fec0::/10": "site-local", "ff00::/8": "multicast",
}  # fmt: skip
_INSIDE: dict[Network, str] = {
    ipaddress.ip_network(network): what for network, what in (_INSIDE_4 | _INSIDE_6).items()
}
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
"""All that is handed out (RFC 4291, 2.4)."""


def why_refused(address: str, allowed: Iterable[Network] = ()) -> str | None:
    """What kind of address it is, where nothing is asked of it; None where it is public or allowed."""
    found = _parsed(address)
    if found is None:
        return "not an address"
    if any(found.version == network.version and found in network for network in allowed):
        return None
    for network, what in _INSIDE.items():
        if found.version == network.version and found in network:
            return what
    if isinstance(found, ipaddress.IPv6Address) and found not in _GLOBAL_6:
        return "not in use on the Internet"
    return None


def is_allowed(address: str, allowed: Iterable[Network]) -> bool:
    """Whether the settings name it."""
    found = _parsed(address)
    return found is not None and any(found.version == n.version and found in n for n in allowed)


@lru_cache(maxsize=256)
def _parsed(address: str) -> Address | None:
    try:
        return ipaddress.ip_address(address.partition("%")[0])  # a zone is of this machine, and says nothing
    except ValueError:
        return None


def looks_numeric(host: str) -> bool:
    """Whether a host is an IPv4 address in one of the forms that only some programs read as one (decimal,
    octal, hexadecimal, with parts missing): it "ends in a number" (WHATWG URL, 3.5), and is not plain."""
    last = host.rstrip(".").rpartition(".")[2].lower()
    numeric = last.isdigit() or (last.startswith("0x") and all(c in "0123456789abcdef" for c in last[2:]))
    return numeric and _parsed(host) is None
