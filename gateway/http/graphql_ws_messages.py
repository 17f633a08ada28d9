"""What a client may say on a socket (`graphql-transport-ws`), checked before anything is done with it."""

from __future__ import annotations

from json import JSONDecodeError
from typing import Any

import msgspec

_MOST_ID = 100
"""Characters of an operation's id; the reason of a close frame, which may name it, has room for 123 bytes."""


def decoded(text: str | bytes) -> object:
    """JSON as it is read over HTTP: no NaN, no number that a double does not hold. Raises `JSONDecodeError`."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise JSONDecodeError(str(error), "", 0) from None


def malformed(message: Any) -> str | None:
    """Why a message cannot be told apart or answered, if it cannot: the socket is closed with that."""
    if not isinstance(message, dict):
        return "A message must be a JSON object."
    type = message.get("type")
    if not isinstance(type, str):
        return "A message must have a `type`, as text."
    if type not in ("subscribe", "complete"):
        return None
    id = message.get("id")
    if not isinstance(id, str) or not 0 < len(id) <= _MOST_ID:
        return f"`id` must be text of 1 to {_MOST_ID} characters."
    if type == "subscribe" and not isinstance(message.get("payload"), dict):
        return "The `payload` of `subscribe` must be a JSON object."
    return None


def unreadable(payload: dict[str, Any]) -> str | None:
    """Why an operation cannot be read, if it cannot: that operation is answered with it."""
    if not isinstance(payload.get("query"), str):
        return "Send a GraphQL document, as text, in `query`."
    for name, kind, wanted in (
        ("variables", dict, "a JSON object"), ("extensions", dict, "a JSON object"), ("operationName", str, "text"),
    ):  # fmt: skip
        if not isinstance(payload.get(name), kind | None):
            return f"`{name}` must be {wanted}, or left out."
    return None
