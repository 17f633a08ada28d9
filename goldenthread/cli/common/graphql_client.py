"""Speaks GraphQL over HTTP, as any client would."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx

from goldenthread.cli.common.errors import CommandError, unreachable
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import ORGANIZATION_HEADER

Data = dict[str, Any]
_MOST_SHOWN = 20


class RequestTooCostly(CommandError):
    """A request asked for more than one request may; less of the same may be answered."""


class GraphQLClient:
    """A GraphQL endpoint, the token that is shown to it, and the organization that is chosen of that token."""

    def __init__(self, url: str, token: Secret, timeout: float = 60.0, organization: str | None = None) -> None:
        self.url = url
        self.token = token
        self.organization = organization
        headers = {"Authorization": f"Bearer {token.reveal()}"}
        if organization is not None:
            headers[ORGANIZATION_HEADER] = organization
        # Proxies of the environment are not for us, `SSL_CERT_FILE` is.
        trusted = httpx.create_ssl_context()
        self._client = httpx.Client(headers=headers, timeout=timeout, trust_env=False, verify=trusted)

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> Data:
        """The `data` of the answer. Raises CommandError for anything that is not an answer without errors:
        `RequestTooCostly` for what is too much for one request.
        """
        try:
            response = self._client.post(self.url, json={"query": document, "variables": dict(variables or {})})
        except httpx.TimeoutException as error:
            raise CommandError(f"{self.url} did not answer in time ({type(error).__name__}); is it up?") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise unreachable(self.url, error) from error
        return _data(self.url, response)

    def mutate(self, document: str, input: Mapping[str, Any]) -> Data:
        """The `data` of a mutation with one `input`, under a fresh idempotency key. CommandError when refused."""
        return raise_refusals(self.ask(document, {"input": {**input, "idempotencyKey": str(uuid.uuid4())}}))

    @contextmanager
    def stream(self, url: str, pause: float) -> Iterator[httpx.Response]:
        """What the same server answers at another address, read while it comes: each piece within `pause` seconds."""
        with self._client.stream("GET", url, timeout=pause) as answer:
            yield answer

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def raise_refusals(data: Data) -> Data:
    """`data` itself, unless a payload in it carries `errors`: then CommandError with all of them."""
    refused = [each for payload in data.values() if isinstance(payload, dict) for each in payload.get("errors") or []]
    if refused:
        raise CommandError(_lines(_user_error(each) for each in refused))
    return data


def _data(url: str, response: httpx.Response) -> Data:
    try:
        answer = response.json()
    except json.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict) or response.status_code == HTTPStatus.NOT_FOUND:
        raise CommandError(f"{url} answered {response.status_code} and no GraphQL; is that the GraphQL URL?")
    errors = answer.get("errors")
    if errors:
        said = _lines(_error(each) for each in errors)
        raise RequestTooCostly(said) if any(_code(each) == "COST_LIMIT" for each in errors) else CommandError(said)
    data = answer.get("data")
    if not isinstance(data, dict):
        raise CommandError(f"{url} answered {response.status_code} without data")
    return data


def _error(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    code = _code(error)
    return f"{error.get('message', error)}" + (f" ({code})" if code else "")


def _code(error: Any) -> Any:
    return ((error.get("extensions") or {}).get("code") or error.get("code")) if isinstance(error, dict) else None


def _user_error(error: Data) -> str:
    path = ".".join(map(str, error.get("path") or []))
    return f"{error['message']} ({error['code']}{f' at {path}' if path else ''})"


def _lines(messages: Any) -> str:
    found = list(messages)
    left = len(found) - _MOST_SHOWN
    return "\n".join(found[:_MOST_SHOWN] + ([f"… and {left} more"] if left > 0 else []))
