"""How a person signs in at any OpenID provider: authorization code with PKCE, its pages filled in as a browser does."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from msgspec import Struct

REDIRECT = "http://127.0.0.1/callback"
"""Where the provider sends the browser with the code; nothing listens there."""
_MOST_PAGES = 12


class PublicClient(Struct, frozen=True):
    """A client without a secret, and what it asks for; `more` is added to both of its requests."""

    id: str
    scope: str = "openid"
    more: Mapping[str, str] = {}


def browser() -> httpx.AsyncClient:
    """Sends secure cookies to this machine without TLS, too, as browsers do."""
    client = httpx.AsyncClient(timeout=30)

    async def unlock(_: httpx.Response) -> None:
        for cookie in client.cookies.jar:
            cookie.secure = False

    client.event_hooks = {"response": [unlock]}
    return client


async def issued_tokens(issuer: str, client: PublicClient, person: str, password: str = "password") -> dict[str, Any]:
    """The provider's answer to the code that it gave for this person: `access_token`, `id_token`, …"""
    async with browser() as http:
        discovery = (await http.get(f"{issuer}/.well-known/openid-configuration")).raise_for_status().json()
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": client.id,
            "redirect_uri": REDIRECT,
            "scope": client.scope,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            **client.more,
        }
        page = await http.get(discovery["authorization_endpoint"], params=asked)
        answered = await _browsed(http, page, _words(person, password))
        assert answered.get("state") == state, answered
        assert answered.get("iss", issuer) == issuer
        form = {
            "grant_type": "authorization_code",
            "client_id": client.id,
            "redirect_uri": REDIRECT,
            "code": answered["code"],
            "code_verifier": verifier,
            **client.more,
        }
        given = await http.post(discovery["token_endpoint"], data=form)
        assert given.status_code == 200, given.text
        return dict(given.json())


async def sign_in(address: str, person: str, password: str) -> None:
    """Open an address of the provider, as the device flow names one, and do what its pages ask."""
    async with browser() as http:
        await _browsed(http, await http.get(address), _words(person, password))


def _words(person: str, password: str) -> dict[str, str]:
    return {"username": person, "login": person, "password": password}


async def _browsed(http: httpx.AsyncClient, page: httpx.Response, words: Mapping[str, str]) -> dict[str, str]:
    """Follows redirects and sends forms until the provider comes back to `REDIRECT`, whose parameters it then has, or
    shows a page without a form.
    """
    for _ in range(_MOST_PAGES):
        if page.is_redirect:
            where = urljoin(str(page.url), page.headers["location"])
            if where.startswith(REDIRECT):
                return {name: values[0] for name, values in parse_qs(urlsplit(where).query).items()}
            page = await http.get(where)
        else:
            assert page.status_code == 200, page.text
            form = _Form(page.text)
            if not form.action:
                return {}
            data = form.fields | {name: words[name] for name in form.fields if name in words}
            page = await http.post(urljoin(str(page.url), form.action), data=data)
    raise AssertionError(f"the provider asks for one page more after {_MOST_PAGES}: {page.url}")


class _Form(HTMLParser):
    """The first form of a page: where it is sent, and its fields with what they hold; of its buttons the first."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action, self.fields = "", dict[str, str]()
        self._inside, self._pressed = False, False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        kind, name = given.get("type", "submit" if tag == "button" else "text"), given.get("name")
        if tag == "form" and not self.action:
            self.action, self._inside = given.get("action", ""), True
        elif tag in ("input", "button") and self._inside and kind not in ("checkbox", "button"):
            if name and not (kind == "submit" and self._pressed):
                self.fields[name] = given.get("value", "")
            self._pressed = self._pressed or kind == "submit"

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
