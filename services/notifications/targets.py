"""Where a webhook may point: at public addresses only, unless this installation says otherwise.

Checked when a webhook is added and again at every connection, which goes to the very address that was checked: a name
that points elsewhere later, or twice, gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import httpx

_LONGEST = 2_000
_TRANSLATED = [ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48")]
_PATIENCE = 5.0


class BadTarget(ValueError):
    """Nothing may be sent there, or nobody knows where that is: says why."""


class Targets:
    """`private` allows private, loopback and link-local addresses, and plain http."""

    def __init__(self, private: bool = False) -> None:
        self._private = private

    def url(self, text: str) -> httpx.URL:
        """The target a text names. Raises `BadTarget`."""
        try:
            url = httpx.URL(text) if len(text) <= _LONGEST else None
        except (httpx.InvalidURL, ValueError):
            url = None
        if url is None or not url.host or url.scheme not in ("http", "https"):
            raise BadTarget(f"a webhook is an https URL of at most {_LONGEST} characters")
        if url.scheme == "http" and not self._private:
            raise BadTarget("a webhook's URL begins with https://, so that nobody on the way reads what it carries")
        if url.userinfo:
            raise BadTarget("a webhook's URL holds no user name or password; deliveries are signed instead")
        return url

    async def addresses(self, url: httpx.URL) -> list[str]:
        """What the URL's host resolves to. Raises `BadTarget` when that is nothing, or any of it may not be reached."""
        host = url.raw_host.decode()
        port = url.port or (443 if url.scheme == "https" else 80)
        try:
            async with asyncio.timeout(_PATIENCE):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError, TimeoutError) as error:
            raise BadTarget(f"{host} cannot be resolved to an address now") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self._private and not all(is_public(address) for address in addresses):
            raise BadTarget(f"{host} is not on the public internet; deliveries go to public addresses only")
        return addresses


def is_public(address: str) -> bool:
    """True for an address on the public internet, looking through IPv6 forms that carry an IPv4 address."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        if any(found in network for network in _TRANSLATED) or found.teredo or found.is_site_local:
            return False
        inner = found.ipv4_mapped or found.sixtofour
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)
