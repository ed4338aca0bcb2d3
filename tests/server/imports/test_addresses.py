"""Which addresses are asked: none that could be inside a network."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7_server.outbound.addresses import looks_numeric, why_refused

INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
    "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1",
    "fe80::1%eth0",
    "fec0::1", "ff02::1", "ff0e::1", "4000::1", "not an address", "",
]  # fmt: skip
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.0.1.1",
    "198.17.255.255", "198.20.0.0", "223.255.255.255", "2600::1", "2a00:1450:4001::1", "2001:4860:4860::8888",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_inside(address: str) -> None:
    assert why_refused(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert why_refused(address) is None


@given(st.ip_addresses())
def test_never_laxer_than_the_standard_library(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert why_refused(str(address))


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_inside_an_ipv6_one(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    for carrier in (
        ipaddress.IPv6Address(number),
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x64FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1),
    ):
        assert why_refused(str(carrier))


def test_what_the_settings_allow() -> None:
    allowed = [ipaddress.ip_network("10.20.0.0/16"), ipaddress.ip_network("fd00::/8")]
    assert why_refused("10.20.3.4", allowed) is None
    assert why_refused("fd00::5", allowed) is None
    assert why_refused("10.21.0.1", allowed)
    assert why_refused("::ffff:10.20.3.4", allowed), "not in disguise"


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "1.2.3.4.5", "x.0x1", "256.1.1.1"]
)
def test_numbers_that_only_some_read_as_addresses(host: str) -> None:
    assert looks_numeric(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "example.org", "a1.b2c", "1.example", "0xg", "::1", "xn--9"])
def test_plain_hosts(host: str) -> None:
    assert not looks_numeric(host)
