"""The key file: what is wrong with it is said by file and entry, with what to do, and without a key."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.key_creation import add_key, ensure_keys
from goldenthread.runtime.keys.key_file import KeyProblem, file_text, new_key, read_keys

KEY = base64.b64encode(bytes(range(32))).decode()
OTHER = base64.b64encode(bytes(32)).decode()
GOOD = {"kid": "one", "purpose": "webhooks", "key": KEY}
NOW = datetime(2026, 11, 30, tzinfo=UTC)


def written(folder: Path, *entries: Any) -> str:
    file = folder / "keys.json"
    file.write_text(json.dumps({"keys": entries}))
    return str(file)


def test_entries_are_read_in_their_order_whatever_else_they_say(tmp_path: Path) -> None:
    path = written(tmp_path, {**GOOD, "note": "of 2026"}, {"kid": "two", "purpose": "cookies-of-later", "key": OTHER})
    found = read_keys(path, ["webhooks"])
    assert [(each.kid, each.purpose) for each in found] == [("one", "webhooks"), ("two", "cookies-of-later")]
    assert [each.material for each in found] == [bytes(range(32)), bytes(32)]
    assert KEY not in repr(found)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    keys = [new_key("webhooks", NOW), new_key("webhooks", NOW)]
    file = tmp_path / "keys.json"
    file.write_text(file_text(keys))
    assert read_keys(str(file)) == keys
    assert keys[0].kid.startswith("webhooks-2026-11-30-")
    assert keys[0].kid != keys[1].kid


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("text", "entry 2: kid is not"),
        ({**GOOD, "kid": ""}, "entry 2: kid is not"),
        ({**GOOD, "kid": KEY}, "entry 2: kid is not"),
        ({**GOOD, "kid": KEY.rstrip("=")}, "entry 2: kid is not"),
        ({**GOOD, "kid": "two", "purpose": KEY}, "entry 2 (two): purpose is not a word"),
        ({**GOOD, "kid": "two", "purpose": 3}, "entry 2 (two): purpose is not a word"),
        ({"kid": "two", "purpose": "webhooks"}, "entry 2 (two): key is not 32 bytes in base64"),
        ({**GOOD, "kid": "two", "key": KEY[:-1]}, "entry 2 (two): key is not 32 bytes in base64"),
        ({**GOOD, "kid": "two", "key": base64.b64encode(bytes(16)).decode()}, "(two): key is not 32 bytes in base64"),
        ({**GOOD, "kid": "two", "key": KEY + "\n"}, "entry 2 (two): key is not 32 bytes in base64"),
        ({**GOOD, "key": OTHER}, "entry 2 (one): another entry before it has the same kid"),
        ({**GOOD, "kid": "two"}, "entry 2 (two): its key is also that of one"),
        ({**GOOD, "kid": "two", "purpose": "cookies"}, "entry 2 (two): its key is also that of one"),
    ],
)
def test_a_wrong_entry_is_named_and_its_key_is_not_shown(tmp_path: Path, entry: Any, said: str) -> None:
    path = written(tmp_path, GOOD, entry)
    with pytest.raises(KeyProblem) as raised:
        read_keys(path, ["webhooks"])
    assert said in str(raised.value)
    assert str(raised.value).startswith(f"the key file {path}, entry 2")
    assert not any(each[:12] in str(raised.value) for each in (KEY, OTHER))


@pytest.mark.parametrize("content", ["", KEY, "[]", '{"keys": {}}', f'{{"keys": "{KEY}"}}', "[" * 60_000, "\udcff"])
def test_what_is_no_key_file_is_named_and_not_quoted(tmp_path: Path, content: str) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(KeyProblem) as raised:
        read_keys(str(file))
    assert str(raised.value).startswith(f"the key file {file} is not JSON of the form")
    assert KEY[:12] not in str(raised.value)


def test_a_missing_file_and_a_missing_purpose_say_the_command_that_mends_it(tmp_path: Path) -> None:
    missing = str(tmp_path / "none.json")
    with pytest.raises(KeyProblem, match=r"cannot be read: No such file.*; make one with `goldenthread keys new --pur"):
        read_keys(missing, ["webhooks"])
    path = written(tmp_path, {**GOOD, "purpose": "cookies"})
    with pytest.raises(KeyProblem, match=r"has no key of the purpose webhooks; make one with `goldenthread keys new"):
        read_keys(path, ["webhooks"])


def test_an_instance_makes_its_keys_once_and_only_those_that_are_missing(tmp_path: Path) -> None:
    file = ensure_keys(tmp_path / "data" / "keys.json", ["webhooks"])
    first = read_keys(str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_keys(str(ensure_keys(file, ["webhooks"]))) == first
    both = read_keys(str(ensure_keys(file, ["cookies", "webhooks"])))
    assert [each.purpose for each in both] == ["cookies", "webhooks"]
    assert both[1] == first[0]


def test_a_new_key_comes_first_and_a_broken_file_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    old, new = add_key(file, "webhooks"), add_key(file, "webhooks")
    assert read_keys(str(file)) == [new, old]
    file.write_text("broken")
    with pytest.raises(LaunchError, match="is not JSON of the form"):
        add_key(file, "webhooks")
    assert file.read_text() == "broken"
