"""A Secret gives its text away where it is asked for it, and nowhere else."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import msgspec
import orjson
import pytest

from goldenthread.contracts.secret import Secret, hidden, revealed

TEXT = "swordfish"
SECRET = Secret(TEXT)


class Holder(msgspec.Struct, frozen=True):
    one: Secret
    more: dict[str, Secret] = {}
    none: Secret | None = None


def test_its_text_is_what_reveal_gives() -> None:
    assert SECRET.reveal() == TEXT


@pytest.mark.parametrize(
    "shown",
    [
        str(SECRET),
        repr(SECRET),
        f"{SECRET}",
        f"{SECRET!s:>40}",
        f"{SECRET:>40}",
        "%s %r" % (SECRET, SECRET),  # noqa: UP031
        "{} {!r}".format(SECRET, SECRET),  # noqa: UP032
        ascii(SECRET),
        str([SECRET]),
        str({"x": SECRET}),
        str(Holder(SECRET, {"a": SECRET}, SECRET)),
        str(dir(SECRET)),
        json.dumps(SECRET, default=str),
        logging.makeLogRecord({"msg": "%s", "args": (SECRET,)}).getMessage(),
        logging.makeLogRecord({"msg": SECRET}).getMessage(),
        str(ValueError(SECRET)),
    ],
)
def test_nothing_shows_it(shown: str) -> None:
    assert TEXT not in shown


def test_a_traceback_with_its_variables_does_not_show_it() -> None:
    def fail(token: Secret) -> None:
        raise RuntimeError(f"{token} is wrong")

    with pytest.raises(RuntimeError) as failed:
        fail(SECRET)
    whole = "".join(traceback.TracebackException.from_exception(failed.value, capture_locals=True).format())
    assert "token = Secret" in whole
    assert TEXT not in whole


@pytest.mark.parametrize(
    "write",
    [
        json.dumps,
        orjson.dumps,
        pickle.dumps,
        msgspec.json.encode,
        msgspec.msgpack.encode,
        msgspec.to_builtins,
        lambda value: msgspec.json.encode(Holder(value)),
        lambda value: pickle.dumps(Holder(value)),
        "".join,
        bytes,
        len,
        iter,
        vars,
        lambda value: value + "",
        lambda value: value[0],
    ],
)
def test_nothing_writes_it_or_takes_it_apart_by_accident(write: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError):
        write(SECRET)


def test_it_equals_the_same_secret_and_no_text() -> None:
    assert Secret(TEXT) == SECRET
    assert hash(Secret(TEXT)) == hash(SECRET)
    assert {SECRET: 1}[Secret(TEXT)] == 1
    assert Secret("other") != SECRET
    assert SECRET != TEXT
    assert hash(SECRET) != hash(TEXT)
    assert Secret("é\udc80") == Secret("é\udc80")


def test_a_copy_is_itself() -> None:
    assert copy.copy(SECRET) is SECRET
    assert copy.deepcopy(Holder(SECRET)).one is SECRET


def test_it_travels_where_both_ends_say_so() -> None:
    held = Holder(SECRET, {"a": Secret("b")})
    written = msgspec.json.encode(held, enc_hook=revealed)
    assert TEXT.encode() in written
    assert msgspec.json.decode(written, type=Holder, dec_hook=hidden) == held
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(written, type=Holder)
    assert TEXT not in str(refused.value)
    with pytest.raises(msgspec.ValidationError, match="a text was expected"):
        msgspec.json.decode(b'{"one": 1}', type=Holder, dec_hook=hidden)
