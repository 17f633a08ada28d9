"""What is an e-mail address: what a mail server would take, and nothing that could get into another header."""

from __future__ import annotations

import re
import unicodedata

import idna

from goldenthread.contracts.errors import ErrorCode, Refused, refuse

MOST, MOST_LOCAL = 254, 64
"""Octets of an address (RFC 5321, 4.5.3.1), and of what stands before its @."""

_CHARS = "[\\w!#$%&'*+/=?^`{|}~\x80-\U0010ffff-]+"
_ATOM = re.compile(rf"{_CHARS}(\.{_CHARS})*")


def email(value: str, *path: str) -> str:
    """`value` without surrounding blanks, when it has the form of an address: `name@example.org`.

    Names and domains may be of any script (RFC 6531). A quoted name and a domain that is a number are refused: the
    former is hardly ever meant, the latter gets no mail. Whether somebody reads there is not asked. Raises `Refused`.
    """
    clean = unicodedata.normalize("NFC", value.strip()) if len(value) <= 2 * MOST else value
    if len(clean.encode(errors="replace")) > MOST:
        raise _refused(f"is longer than the {MOST} octets an address may have", *path)
    if any(unicodedata.category(char)[0] in "CZ" for char in clean):
        raise _refused("contains a space, a line break or a character that cannot be seen; remove it", *path)
    local, at, domain = clean.rpartition("@")
    if not at or "@" in local:
        raise _refused("must have one @", *path)
    if not local or len(local.encode()) > MOST_LOCAL:
        raise _refused(f"must have 1 to {MOST_LOCAL} octets before the @", *path)
    if not _ATOM.fullmatch(local):
        raise _refused("has a character before the @, or a dot there, that does not belong", *path)
    if not _is_domain(domain):
        raise _refused("must have a domain after the @, as in name@example.org", *path)
    return clean


def _is_domain(name: str) -> bool:
    """Two labels or more, each valid as it is or in its ASCII form, and the last one no number."""
    try:
        labels = idna.encode(name, uts46=True).decode().split(".")
    except UnicodeError:  # idna's errors are such
        return False
    return len(labels) > 1 and all(labels) and not labels[-1].isdigit()


def _refused(what: str, *path: str) -> Refused:
    return refuse(ErrorCode.INVALID, f"email {what}.", *path)
