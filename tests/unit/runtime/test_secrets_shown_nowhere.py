"""What holds a secret holds it as a Secret: every settings class, struct, dataclass and tuple of ours is looked at."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import logging
import pkgutil
import sys
import traceback
from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints
from unittest.mock import Mock

import msgspec
import pytest

import gateway
import goldenthread
import services
from gateway.request.command_outcome import CommandOutcome
from gateway.request.context import RequestContext
from gateway.settings import Settings
from gateway.upstream.ports import CommandCredentials
from goldenthread.contracts.replies import Accepted
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.instance_file import Instance
from goldenthread.launcher.machine import Options
from goldenthread.launcher.topology import Wiring
from goldenthread.runtime.configuration.settings import DatabaseSettings, ProcessSettings, load
from goldenthread.runtime.idempotency.keyed_commands import KeyedAnswer
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.observability import logs
from services.goals.idempotent_answers import ReceivedCommand
from services.notifications.webhooks.delivery_store import ReceiverLease
from services.notifications.webhooks.webhook_store import WebhookEndpoint

MARKER = "swordfish-of-the-test"
NAMES = ("token", "secret", "password", "credential", "private_key", "api_key", "database_url", "postgres")
NO_SECRETS = {
    ("ChangedHeads", "token"),  # says where a poll of heads goes on
}


def modules() -> Iterator[Any]:
    for package in (goldenthread, services, gateway):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def holders() -> dict[str, Any]:
    """Every class of ours with named fields."""
    found = {}
    for module in modules():
        for kind in vars(module).values():
            if inspect.isclass(kind) and kind.__module__ == module.__name__ and fields(kind):
                found[f"{kind.__module__}.{kind.__qualname__}"] = kind
    return found


def fields(kind: Any) -> list[str]:
    if issubclass(kind, msgspec.Struct):
        return list(kind.__struct_fields__)
    if dataclasses.is_dataclass(kind):
        return [each.name for each in dataclasses.fields(kind) if each.init]
    return list(getattr(kind, "_fields", ())) if issubclass(kind, tuple) else []


def hints(kind: Any) -> dict[str, Any]:
    """The types of its fields; those that exist for a type checker only are nothing here."""
    names = {**vars(sys.modules[kind.__module__]), **vars(kind)}
    try:
        found = get_type_hints(kind, localns=names)
    except NameError:
        found = dict.fromkeys(fields(kind), Any)
    return {name: found.get(name, Any) for name in fields(kind)}


HOLDERS = holders()


def holds(hint: Any, within: frozenset[Any] = frozenset()) -> bool:
    """Whether a value of this type may hold a secret somewhere."""
    if hint is Secret:
        return True
    if inspect.isclass(hint) and get_origin(hint) is None:
        return hint not in within and any(holds(each, within | {hint}) for each in hints(hint).values())
    return any(holds(each, within) for each in get_args(hint))


def value(hint: Any) -> Any:
    """A value of this type with the marker as every secret in it; what holds none is anything."""
    if hint is Secret:
        return Secret(MARKER)
    if not holds(hint):
        return Mock()
    if get_origin(hint) in (Union, UnionType):
        return value(next(each for each in get_args(hint) if holds(each)))
    if get_origin(hint) is None:
        return made(hint)
    if issubclass(get_origin(hint), (list, tuple)):
        return [value(get_args(hint)[0])]
    return {"name": value(get_args(hint)[1])}


def made(kind: Any) -> Any:
    return kind(**{name: value(hint) for name, hint in hints(kind).items()})


def shown(what: Any) -> Iterator[str]:
    """Every way in which a value becomes text by accident."""
    yield from (str(what), repr(what), f"{what}", f"{what!s:>9}", "%s %r" % (what, what), f"{[what]} {what}")  # noqa: UP031
    record = logging.makeLogRecord({"msg": "%s of %r", "args": (what, what)})
    try:
        raise RuntimeError(f"{what} is wrong", what)
    except RuntimeError as error:
        record.exc_info = sys.exc_info()
        yield "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    yield logs.JsonFormatter("process").format(record)


SECRETIVE = {name: kind for name, kind in HOLDERS.items() if holds(kind)}


def test_those_that_hold_a_secret_are_found() -> None:
    kinds = set(SECRETIVE.values())
    assert kinds >= {Settings, DatabaseSettings, ProcessSettings, Caller, RequestContext, Accepted, ReceivedCommand}
    assert kinds >= {CommandCredentials, CommandOutcome, WebhookEndpoint, ReceiverLease, KeyedAnswer}
    assert kinds >= {Options, Wiring, Instance}


@pytest.mark.parametrize("name", SECRETIVE)
def test_nothing_shows_the_secrets_it_holds(name: str) -> None:
    what = made(SECRETIVE[name])
    for text in shown(what):
        assert MARKER not in text
        assert "Secret('…')" in text or "object at 0x" in text


@pytest.mark.parametrize("name", [name for name, kind in SECRETIVE.items() if issubclass(kind, msgspec.Struct)])
def test_what_holds_a_secret_is_not_encoded_by_accident(name: str) -> None:
    with pytest.raises(TypeError):
        msgspec.json.encode(made(SECRETIVE[name]))


def test_what_is_called_like_a_secret_is_one() -> None:
    plain = {
        (name.rpartition(".")[2], field)
        for name, kind in HOLDERS.items()
        for field, hint in hints(kind).items()
        if any(each in field for each in NAMES) and not field.endswith("_file") and not holds(hint)
    }
    assert plain - NO_SECRETS == set()


def test_wrong_settings_are_reported_without_secrets() -> None:
    for kind in SECRETIVE.values():
        if issubclass(kind, ProcessSettings):
            wrong = {f"GOLDENTHREAD_{name.upper()}": f"http://me:{MARKER}@host:port" for name in fields(kind)}
            with pytest.raises(Exception, match="GOLDENTHREAD_ISSUER") as refused:
                load(kind, wrong)
            assert MARKER not in str(refused.value)


def test_libraries_do_not_log_what_they_send_and_receive_however_much_is_asked_for() -> None:
    root = logging.getLogger()
    before = root.level, root.handlers[:]
    levels = {name: logging.getLogger(name).level for name in (*logs.OURS, "aiokafka", "httpx")}
    try:
        logs.start_logs("process", "DEBUG")
        ours = (
            "goldenthread.runtime.outbox.relay",
            "services.goals.handlers",
            "gateway.live.organization_cache",
        )
        assert all(logging.getLogger(name).isEnabledFor(logging.DEBUG) for name in ours)
        theirs = ("uvicorn.error", "uvicorn.asgi", "websockets.server", "httpcore.http11", "aiokafka", "urllib3")
        assert not any(logging.getLogger(name).isEnabledFor(logging.DEBUG) for name in theirs)
    finally:
        root.setLevel(before[0])
        root.handlers[:] = before[1]
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def value_of(kind: Any, **some: Any) -> Any:
    return msgspec.structs.replace(made(kind), **some)
