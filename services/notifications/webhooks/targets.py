"""Where a webhook may point: at public addresses only, unless this installation says otherwise.

Checked when a webhook is added and again at every connection, which goes to the very address that was checked: a name
that points elsewhere later, or twice, gains nothing.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import httpx

from services.notifications.webhooks.name_lookup import CannotResolve, NameLookups
from services.notifications.webhooks.public_addresses import is_public

_LONGEST = 2_000
_PARTS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<authority>[^/?#]*)[^#]*", re.IGNORECASE | re.ASCII)
_AUTHORITY = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(:(?P<port>[0-9]{1,5}))?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_LONGEST_NAME = 253


class BadTarget(ValueError):
    """A URL that nothing may be sent to, or whose host cannot be resolved. The message says why."""


class TargetPolicy:
    """`private` allows private, loopback and link-local addresses, and plain http."""

    def __init__(self, lookups: NameLookups, private: bool = False) -> None:
        self._lookups, self._private = lookups, private

    def url(self, text: str) -> httpx.URL:
        """The target a text names, without looking anything up. Raises `BadTarget`, and nothing else for any text.

        There is one spelling of a host: a name (in Unicode, too), four decimal numbers, or an IPv6 address in
        brackets. What other programs may read as another host is refused.
        """
        found = _PARTS.fullmatch(text) if len(text) <= _LONGEST else None
        if found is None or found["scheme"].lower() not in ("http", "https"):
            raise BadTarget(f"a webhook is an https URL of at most {_LONGEST} characters, without a fragment (#)")
        if not text.isprintable() or any(each.isspace() or each == "\\" for each in text):
            raise BadTarget("a webhook's URL has no blanks, backslashes or invisible characters; a blank is %20")
        if found["scheme"].lower() == "http" and not self._private:
            raise BadTarget("a webhook's URL begins with https://, so that nobody on the way reads what it carries")
        if "@" in found["authority"]:
            raise BadTarget("a webhook's URL holds no user name or password; deliveries are signed instead")
        _check_authority(found["authority"])
        try:
            url = httpx.URL(text)
            name = url.raw_host.decode("ascii")
            _ = url.host  # decodes a name in Unicode, and refuses what is none
        except (httpx.InvalidURL, ValueError) as error:
            raise BadTarget("the host of a webhook's URL is a name or an address, such as hooks.example.org") from error
        if ":" not in name:
            _check_name(name)
        return url

    async def addresses(self, url: httpx.URL) -> list[str]:
        """What the URL's host resolves to. Raises `BadTarget` when that is nothing, or any of it may not be reached."""
        host = url.raw_host.decode("ascii")
        try:
            addresses = [host] if _is_address(host) else await self._lookups.addresses(host)
        except CannotResolve as error:
            raise BadTarget(f"{host} cannot be resolved to an address now") from error
        if not self._private and not all(is_public(address) for address in addresses):
            raise BadTarget(f"{host} is not on the public internet; deliveries go to public addresses only")
        return addresses


def _check_authority(authority: str) -> None:
    found = _AUTHORITY.fullmatch(authority)
    if found is None or (found["port"] is not None and not 1 <= int(found["port"]) <= 65_535):
        raise BadTarget("after its host a webhook's URL has nothing, or a port between 1 and 65535, such as :8443")
    if not found["host"]:
        raise BadTarget("a webhook's URL names a host, such as https://hooks.example.org/alerts")
    if found["host"].startswith("[") and not _is_address(found["host"][1:-1]):
        raise BadTarget("what stands in brackets in a webhook's URL is an IPv6 address without a zone")


def _check_name(name: str) -> None:
    """A name, or four decimal numbers: what ends in a number is an address to some, in a spelling of theirs."""
    labels = name.lower().split(".")
    if labels[-1] == "":
        raise BadTarget("the host of a webhook's URL ends without a dot")
    if len(name) > _LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        message = "is made of letters, digits, hyphens and dots, with at most 63 characters between dots and 253 in all"
        raise BadTarget(f"the host of a webhook's URL {message}")
    if _NUMBER.fullmatch(labels[-1]) and not _is_address(name):
        raise BadTarget("an IPv4 address in a webhook's URL is four decimal numbers, such as 192.0.2.7")


def _is_address(host: str) -> bool:
    for kind in (IPv4Address, IPv6Address):
        try:
            return "%" not in str(kind(host))
        except AddressValueError:
            continue
    return False
