"""URLs of PostgreSQL, looked at before asyncpg is: its errors quote what it could not read, perhaps a password."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from goldenthread.contracts.secret import Secret

_SCHEMES = ("postgresql", "postgres")
_PASSWORDS = ("password", "sslpassword")
_ENCODE = "in its user name and password write @ as %40, / as %2F, ? as %3F, # as %23, : as %3A and % as %25"


def problem(url: Secret) -> str | None:
    """What keeps a URL from being one of PostgreSQL, without quoting any of it; None when nothing does."""
    try:
        parts = urlsplit(url.reveal())
    except ValueError:
        return f"it cannot be read as a URL; {_ENCODE}"
    if parts.scheme not in _SCHEMES:
        return "it is no URL of PostgreSQL: postgresql://USER@HOST:PORT/DATABASE"
    authority, _, hosts = parts.netloc.rpartition("@")
    clear = "@" not in authority + parts.path + parts.query and not parts.fragment
    if not clear or not all(_is_host(each) for each in hosts.split(",")):
        return f"its host and port cannot be told from the rest; {_ENCODE}"
    if not all("=" in each for each in parts.query.split("&") if parts.query):
        return "its parameters (after ?) must be NAME=VALUE, joined by &"
    return None


def where(url: Secret) -> str:
    """HOST:PORT/DATABASE of a URL in which `problem` found none: what may be shown of it."""
    parts = urlsplit(url.reveal())
    return parts.netloc.rpartition("@")[2] + parts.path


def holds_password(url: Secret) -> bool:
    """Whether a URL may hold a password, between : and @ or as a parameter; when in doubt, True."""
    text = url.reveal()
    scheme, found, rest = text.partition("://")
    before = (rest if found else scheme).rpartition("@")[0]
    return ":" in before or any(name in parse_qs(text.partition("?")[2]) for name in _PASSWORDS)


def _is_host(text: str) -> bool:
    """HOST, HOST:PORT or [ADDRESS]:PORT; an empty one is asyncpg's default."""
    port = text.rpartition("]")[2].partition(":")[2]
    return not port or (port.isascii() and port.isdigit())
