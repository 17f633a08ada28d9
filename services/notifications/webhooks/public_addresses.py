"""Which addresses are on the public internet: our own table, since Python's `is_global` differs between its releases.

The networks are those of the IANA special-purpose address registries (RFC 6890), as they stood at the end of 2025, with
multicast (RFC 5771, RFC 4291) and what other RFCs took out of use:

* https://www.iana.org/assignments/iana-ipv4-special-registry
* https://www.iana.org/assignments/iana-ipv6-special-registry

All of them are refused, those that the registries call globally reachable (anycast services, AS112) too: nobody's web
server is there. An IPv6 address is public only inside 2000::/3, the one block from which IANA assigns global unicast.
"""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network

_SPECIAL_4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # "this network", RFC 791
        "10.0.0.0/8",  # private use, RFC 1918
        "100.64.0.0/10",  # shared address space of carriers, RFC 6598
        "127.0.0.0/8",  # loopback, RFC 1122
        "169.254.0.0/16",  # link local, RFC 3927; metadata services of clouds
        "172.16.0.0/12",  # private use, RFC 1918
        "192.0.0.0/24",  # IETF protocol assignments, RFC 6890; 192.0.0.8 is the dummy address of RFC 7600
        "192.0.2.0/24",  # documentation (TEST-NET-1), RFC 5737
        "192.31.196.0/24",  # AS112, RFC 7535
        "192.52.193.0/24",  # automatic multicast tunneling, RFC 7450
        "192.88.99.0/24",  # 6to4 relays, out of use, RFC 7526; 192.88.99.2 is the 6a44 relay of RFC 6751
        "192.168.0.0/16",  # private use, RFC 1918
        "192.175.48.0/24",  # AS112, RFC 7534
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "198.51.100.0/24",  # documentation (TEST-NET-2), RFC 5737
        "203.0.113.0/24",  # documentation (TEST-NET-3), RFC 5737
        "224.0.0.0/4",  # multicast, RFC 5771
        "240.0.0.0/4",  # reserved, RFC 1112, and the limited broadcast, RFC 8190
    )
]
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_SPECIAL_6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # IETF protocol assignments, RFC 2928; in it Teredo 2001::/32, ORCHID, benchmarks 2001:2::/48
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4, out of use, RFC 7526: it leads to the IPv4 address it carries
        "2620:4f:8000::/48",  # AS112, RFC 7534
        "3fff::/20",  # documentation, RFC 9637
    )
]
_MAPPED = IPv6Network("::ffff:0:0/96")
_TRANSLATED = IPv6Network("64:ff9b::/96")
_CARRIERS = (_MAPPED, _TRANSLATED)
"""They carry an IPv4 address in their last 32 bits and lead to it: mapped (RFC 4291) and NAT64 (RFC 6052), by which a
network without IPv4 reaches a host that has nothing else. NAT64 of a network's own (64:ff9b:1::/48) is not public."""


def is_public(address: str) -> bool:
    """True for an address on the public internet. False for a text that is no address, or one with a zone (`%eth0`)."""
    try:
        return _is_public_4(IPv4Address(address))
    except AddressValueError:
        pass
    try:
        found = IPv6Address(address)
    except AddressValueError:
        return False
    if found.scope_id is not None:
        return False
    if any(found in network for network in _CARRIERS):
        return _is_public_4(IPv4Address(int(found) & 0xFFFF_FFFF))
    return found in _GLOBAL_UNICAST and not any(found in network for network in _SPECIAL_6)


def _is_public_4(address: IPv4Address) -> bool:
    return not any(address in network for network in _SPECIAL_4)
