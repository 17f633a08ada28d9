"""What is asked of an issuer for a token: its discovery document, and its token endpoint. Answers are bounded."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote_plus

import httpx
import msgspec
from msgspec import Struct

from goldenthread.contracts.secret import Secret

_LONGEST = 64 * 1024
"""Bytes of an answer, at most, unless who asks allows more."""
_MOST_SAID = 200
_UNSAID_SECONDS = 60.0
"""How long a token is taken to be valid of which that is not said."""
_LATEST = 366 * 86_400.0


class TokenRequestFailed(Exception):
    """The issuer answered, and there is no token in it: says why, without any secret.

    `error` is the code that it gave (RFC 6749, 5.2); empty where it gave none.
    """

    def __init__(self, says: str, error: str = "") -> None:
        super().__init__(says)
        self.error = error


class TokenEndpoint(Struct, frozen=True):
    """Where tokens are asked for. With `basic` the client's secret goes in a header, else in the body."""

    url: str
    basic: bool


class IssuedToken(Struct, frozen=True):
    """A token, and for how long it is valid."""

    token: Secret
    seconds: float


async def discover(http: httpx.AsyncClient, issuer: str) -> TokenEndpoint:
    """The token endpoint that the issuer's discovery document names.

    Raises `TokenRequestFailed` and `httpx.HTTPError`.
    """
    where = f"{issuer}/.well-known/openid-configuration"
    status, said = await json_answer(http, "GET", where)
    url = said.get("token_endpoint")
    if status != httpx.codes.OK or not isinstance(url, str):
        raise TokenRequestFailed(f"{where} answers {status} and names no token_endpoint")
    if not url.startswith("https://") and not issuer.startswith("http://"):
        raise TokenRequestFailed(f"{where} names a token_endpoint without TLS, to which the secret is not sent")
    ways = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if not isinstance(ways, list) or not {"client_secret_basic", "client_secret_post"} & {str(way) for way in ways}:
        raise TokenRequestFailed(
            f"{where} offers neither client_secret_basic nor client_secret_post, the ways a secret is shown"
        )
    return TokenEndpoint(url, basic="client_secret_basic" in ways)


async def request_token(
    http: httpx.AsyncClient, endpoint: TokenEndpoint, client: str, secret: Secret, scope: str | None
) -> IssuedToken:
    """A token for a client. Raises `TokenRequestFailed` and `httpx.HTTPError`."""
    form = {"grant_type": "client_credentials"} | ({"scope": scope} if scope else {})
    headers = {}
    if endpoint.basic:
        pair = f"{quote_plus(client)}:{quote_plus(secret.reveal())}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": client, "client_secret": secret.reveal()}
    status, said = await json_answer(http, "POST", endpoint.url, data=form, headers=headers)
    if status != httpx.codes.OK:
        error = said.get("error")
        raise TokenRequestFailed(
            f"{endpoint.url} answers {status}{_reason(said, secret)}", error if isinstance(error, str) else ""
        )
    return _token(endpoint.url, said)


def _token(url: str, said: dict[str, Any]) -> IssuedToken:
    token, kind, seconds = (said.get(name) for name in ("access_token", "token_type", "expires_in"))
    if not isinstance(token, str) or not token or not all(" " < character <= "~" for character in token):
        raise TokenRequestFailed(f"{url} answers without an access_token that can be sent in a header")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise TokenRequestFailed(f"{url} answers with a token that is no bearer token")
    if isinstance(seconds, str) and seconds.isascii() and seconds.isdigit():  # some say it as text
        seconds = float(seconds[:20])
    if seconds is None:
        seconds = _UNSAID_SECONDS
    if type(seconds) not in (int, float) or not seconds >= 1:  # else each call would ask
        raise TokenRequestFailed(f"{url} answers with a token that is valid for no time (expires_in)")
    return IssuedToken(Secret(token), float(min(seconds, _LATEST)))


def _reason(said: dict[str, Any], secret: Secret) -> str:
    """What an error answer says (RFC 6749, 5.2); left out when the secret is in it."""
    words = [said.get("error"), said.get("error_description")]
    text = " ".join(str(word)[:_MOST_SAID] for word in words if isinstance(word, str))
    shown = "".join(character if character.isprintable() else " " for character in text)
    if not shown or any(form in text for form in _forms(secret)):
        return ""
    return f": {shown}"


def _forms(secret: Secret) -> set[str]:
    """The ways in which a secret was sent, and parts of it that are long enough to matter."""
    text = secret.reveal()
    ends = {text[:8], text[-8:]} if len(text) >= 16 else set()
    return {text, quote_plus(text), base64.b64encode(text.encode()).decode().rstrip("=")} | ends


async def json_answer(
    http: httpx.AsyncClient, method: str, url: str, *, longest: int = _LONGEST, **more: Any
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object of an answer of at most `longest` bytes; none in it is an empty one.

    Raises `TokenRequestFailed` and `httpx.HTTPError`.
    """
    headers = {"Accept": "application/json", "Accept-Encoding": "identity", **more.pop("headers", {})}
    content = bytearray()
    try:
        if not 0 <= (httpx.URL(url).port or 0) < 65_536:  # connecting would raise an error of another kind
            raise httpx.InvalidURL("there is no such port")
        async with http.stream(method, url, headers=headers, **more) as answer:
            if answer.headers.get("Content-Encoding", "identity") != "identity":  # a few bytes may become many
                raise TokenRequestFailed(f"{url} answers compressed, which was not asked for")
            async for piece in answer.aiter_bytes():
                content += piece
                if len(content) > longest:
                    raise TokenRequestFailed(f"{url} answers with more than {longest} bytes")
    except httpx.InvalidURL as error:
        raise TokenRequestFailed(f"{url} is no URL ({error})") from error
    try:
        found = msgspec.json.decode(bytes(content))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found = None
    return answer.status_code, found if isinstance(found, dict) else {}
