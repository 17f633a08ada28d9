"""One table of the issuers file: its keys, what each may be, and which go together."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from goldenthread.contracts import texts
from goldenthread.contracts.organization_ids import ORGANIZATION_ID, ORGANIZATION_ID_RULE

_LONGEST_TEXT = 1_000
_WAYS = ("organization", "organizations", "organization_claim")
_ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#@]*)?", re.IGNORECASE)


def table_problems(table: Mapping[str, Any], *, first: bool) -> Iterator[str]:
    """What is wrong with one table, each as the rest of a sentence that begins with its place in the file."""
    for key, value in table.items():
        if key not in _KEYS:
            close = difflib.get_close_matches(key, _KEYS, 1)
            advice = f"did you mean {close[0]}?" if close else f"the keys are {', '.join(_KEYS)}"
            yield f".{shown(key)} is no key of an issuer; {advice}"
        elif (problem := _KEYS[key](value)) is not None:
            yield f".{key} {problem}"
    if "issuer" not in table:
        yield " needs the key issuer: what its tokens say in `iss`"
    yield from _organizations(table)
    if ("administrator_claim" in table) != ("administrator_values" in table):
        yield " has one of administrator_claim and administrator_values; it needs both, or neither"
    if table.get("services", first) is not True:
        for key in table.keys() & {"service_claim", "service_clients"}:
            yield f".{key} names services, which this issuer does not vouch for; add services = true, or leave it out"


def _organizations(table: Mapping[str, Any]) -> Iterator[str]:
    ways = [key for key in _WAYS if key in table]
    if not ways:
        yield (
            " does not say which organizations its tokens are for: add organization (one, for all of them),"
            " organizations (a table, from values of the organization_claim to organizations), or organization_claim"
            " alone (the claim has the organization's id)"
        )
    elif ways[0] == "organization" and len(ways) > 1:
        yield f" has organization, which is for all its tokens, and {ways[1]}; leave one of them out"


def shown(text: str) -> str:
    """A text of the file in a message, bounded."""
    return repr(text[:100])


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return "takes a text in quotes"
    if len(value) > _LONGEST_TEXT:
        return f"takes at most {_LONGEST_TEXT} characters"
    wrong = texts.wrong(value, line=True)
    return None if wrong is None else f"takes a text, and {shown(value)} {wrong}"


def _issuer(value: Any) -> str | None:
    if (problem := _text(value)) is not None or _ADDRESS.fullmatch(value.strip()):
        return problem
    return f"takes a URL that begins with https:// (or http://), without user, ? and #, and not {shown(value)}"


def _claim(value: Any) -> str | None:
    problem = _text(value)
    if problem is None and value.startswith("/") and re.search("~(?![01])", value):
        return f"takes the name of a claim, or a JSON pointer, where ~ is written ~0, and not {shown(value)}"
    return problem


def _texts(value: Any) -> str | None:
    if not isinstance(value, list) or not value:
        return 'takes a list of texts that is not empty: ["…"]'
    return next((f"{problem} in its list" for each in value if (problem := _text(each)) is not None), None)


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "takes true or false"


def _organization(value: Any) -> str | None:
    problem = _text(value)
    if problem is None and not ORGANIZATION_ID.fullmatch(value):
        return f"takes the id of an organization, which {ORGANIZATION_ID_RULE}, and not {shown(value)}"
    return problem


def _mapping(value: Any) -> str | None:
    if not isinstance(value, dict) or not value:
        return 'takes a table that is not empty: {"value of the claim" = "org_…"}'
    for claimed, organization in value.items():
        if (problem := _text(claimed) or _organization(organization)) is not None:
            return f"{problem} (at {shown(claimed)})"
    return None


_KEYS: dict[str, Callable[[Any], str | None]] = {
    "issuer": _issuer,
    "url": _issuer,
    "audience": _text,
    "subject_claim": _claim,
    "organization_claim": _claim,
    "organization": _organization,
    "organizations": _mapping,
    "services": _flag,
    "service_claim": _claim,
    "service_clients": _texts,
    "administrator_claim": _claim,
    "administrator_values": _texts,
}
