"""Where a webhook may point: which addresses are public, and which texts name a target."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, ip_network

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifications.webhooks import public_addresses
from services.notifications.webhooks.public_addresses import is_public
from services.notifications.webhooks.targets import BadTarget, TargetPolicy
from tests.support.fake_name_lookups import FakeNameLookups
from tests.unit.notifications.webhooks.refused_urls import REFUSED

PRIVATE_4 = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255"),
    *("192.0.0.8", "192.0.0.9", "192.0.0.170", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1"),
    *("192.168.1.1", "192.175.48.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.7", "224.0.0.1"),
    *("239.255.255.255", "240.0.0.1", "255.255.255.255"),
]
PRIVATE_6 = [
    *(
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%eth0",
        "fc00::1",
        "fdff::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ),
    *("64:ff9b:1::a00:1", "64:ff9b:1::808:808", "100::1", "100:0:0:1::1", "2001:1::1", "2001:2::1", "2001:10::1"),
    *("2001:20::1", "2001:db8::1", "3fff::1", "5f00::1", "4000::1", "::8.8.8.8", "2620:4f:8000::1"),
    *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "2002:808:808::1", "2002:c0a8:101::1"),
]
PUBLIC = [
    *("93.184.216.34", "8.8.8.8", "1.1.1.1", "172.32.0.1", "172.15.255.255", "192.0.1.1", "192.88.98.1", "100.128.0.1"),
    *("198.17.255.255", "198.20.0.1", "223.255.255.255", "11.0.0.0", "126.255.255.255", "128.0.0.1", "192.169.0.1"),
    *("2606:4700:4700::1111", "2a00::1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808", "2620:fe::fe"),
]


def carried(address: str) -> list[str]:
    """IPv6 addresses that lead to this IPv4 address: mapped, and through NAT64; 6to4 and Teredo are never public."""
    value = int(IPv4Address(address))
    high, low = value >> 16, value & 0xFFFF
    return [f"::ffff:{address}", f"64:ff9b::{high:x}:{low:x}"]


@pytest.mark.parametrize("address", [*PRIVATE_4, *PRIVATE_6, *(each for four in PRIVATE_4 for each in carried(four))])
def test_an_address_that_is_not_on_the_public_internet_is_known_as_such(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_known_as_such(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses())
@example(ip_network("192.0.0.8/32")[0])
def test_what_python_calls_private_is_not_public(address: object) -> None:
    """By whatever table this release of Python has; ours may be stricter."""
    found = ip_network(str(address))[0]
    if is_public(str(found)) and not str(found).startswith(("64:ff9b::", "::ffff:")):
        assert [found.is_private, found.is_multicast, found.is_reserved, found.is_link_local] == [False] * 4


@pytest.mark.parametrize(
    "text", ["", "localhost", "1.2.3", "010.1.1.1", "0x8.8.8.8", "134744072", "8.8.8.8/32", "[::1]"]
)
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert not is_public(text)


def test_the_table_has_no_network_twice() -> None:
    networks = [*public_addresses._SPECIAL_4, *public_addresses._SPECIAL_6]
    assert len({str(network) for network in networks}) == len(networks)


async def resolved(text: str, *addresses: str) -> list[str]:
    targets = TargetPolicy(FakeNameLookups(*addresses))
    return await targets.addresses(targets.url(text))


@pytest.mark.parametrize("others", [["10.0.0.1"], ["::1"], ["64:ff9b::7f00:1"], ["8.8.4.4", "192.0.0.8"]])
async def test_a_host_with_a_public_and_a_private_address_is_refused(others: list[str]) -> None:
    assert await resolved("https://example.org/", "8.8.8.8") == ["8.8.8.8"]
    for addresses in (["8.8.8.8", *others], [*others, "8.8.8.8"]):
        with pytest.raises(BadTarget, match=r"example\.org is not on the public internet"):
            await resolved("https://example.org/", *addresses)


async def test_a_host_nobody_knows_is_refused_and_an_address_is_not_looked_up() -> None:
    with pytest.raises(BadTarget, match=r"nowhere\.invalid cannot be resolved"):
        await resolved("https://nowhere.invalid/")
    names = FakeNameLookups()
    for host, address in (("8.8.8.8", "8.8.8.8"), ("[2a00::1]", "2a00::1"), ("[2a00::2]:8443", "2a00::2")):
        assert await TargetPolicy(names).addresses(TargetPolicy(names).url(f"https://{host}/hook")) == [address]
    assert names.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "[fe80::1]", "[::]", "127。0。0。1"])
async def test_a_private_address_is_refused_as_a_host(host: str) -> None:
    with pytest.raises(BadTarget, match="not on the public internet"):
        await resolved(f"https://{host}/hook")


ACCEPTED = {
    "https://example.org": "example.org",
    "https://EXAMPLE.org/Hook?a=b&c=%20": "example.org",
    "HTTPS://example.org/": "example.org",
    "https://example.org:1/": "example.org",
    "https://example.org:65535/x": "example.org",
    "https://bücher.example/": "xn--bcher-kva.example",
    "https://xn--bcher-kva.example/": "xn--bcher-kva.example",
    "https://example。org/": "example.org",
    "https://a_b.example.org/": "a_b.example.org",
    "https://hooks.example.org/pfad/übung": "hooks.example.org",
    "https://8.8.8.8/": "8.8.8.8",
    "https://[2a00::1]:8443/": "2a00::1",
    "https://" + "a" * 63 + ".org/": "a" * 63 + ".org",
    "https://7.example/": "7.example",
    "https://example.org/@me:x": "example.org",
    "https://example.org?to=a@b.c": "example.org",
}


@pytest.mark.parametrize("text", ACCEPTED)
def test_a_url_of_one_host_is_a_target(text: str) -> None:
    assert TargetPolicy(FakeNameLookups()).url(text).raw_host.decode() == ACCEPTED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_an_odd_url_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(BadTarget, match="webhook") as refused:
        TargetPolicy(FakeNameLookups()).url(text)
    assert REFUSED[text] in str(refused.value)


pieces = st.sampled_from(
    [
        *("https", "http", "://", ":", "/", "//", "?", "#", "@", "[", "]", "::1", "%", "%25", "xn--", "a", "é", "。"),
        *(".", "0x", "127.0.0.1", "example.org", "99999", "443", "-", "_", " ", "\\", "\0", "\ud800", "\u200b", "１"),
        *("ß", "א", "1"),
    ]
)
texts = st.text() | st.lists(pieces, max_size=8).map("".join)


@given(texts | texts.map("https://{}".format), st.booleans())
def test_any_text_is_a_target_with_a_plain_host_or_refused(text: str, private: bool) -> None:
    try:
        url = TargetPolicy(FakeNameLookups(), private).url(text)
    except BadTarget:
        return
    assert url.host
    assert url.port is None or 1 <= url.port <= 65_535
    assert not url.userinfo
    assert not url.fragment
    host = url.raw_host.decode("ascii")
    try:
        numeric = socket.inet_aton(host)
    except OSError:
        return
    assert socket.inet_ntoa(numeric) == host, "the C library reads it as another address"
