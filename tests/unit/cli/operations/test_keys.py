"""`goldenthread keys` makes keys that processes read, and shows which there are without showing them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.operations.keys import list_, new
from goldenthread.runtime.keys.key_file import read_keys


def test_without_a_file_a_whole_file_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new("webhooks", None)
    (tmp_path / "keys.json").write_text(capsys.readouterr().out)
    (made,) = read_keys(str(tmp_path / "keys.json"), ["webhooks"])
    assert made.purpose == "webhooks"


def test_a_key_is_put_first_and_the_list_says_which_encrypts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "keys.json"
    new("webhooks", file)
    (old,) = read_keys(str(file))
    assert capsys.readouterr().out == f"{file}: {old.kid} encrypts from now on\n"
    new("webhooks", file)
    first, _ = read_keys(str(file))
    assert capsys.readouterr().out == f"{file}: {first.kid} encrypts from now on; {old.kid} still decrypt\n"
    list_(file, json=True)
    said = capsys.readouterr().out
    assert [(each["kid"], each["encrypts"]) for each in json.loads(said)["keys"]] == [
        (first.kid, True),
        (old.kid, False),
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    list_(file, json=False)
    assert not any(each.secret.reveal() in said + capsys.readouterr().out for each in (old, first))


def test_what_is_missing_or_unknown_is_said() -> None:
    with pytest.raises(CommandError, match="there is no purpose webhook: webhooks"):
        new("webhook", None)
    with pytest.raises(CommandError, match="say with --file which key file"):
        list_(None, json=False)
    with pytest.raises(CommandError, match=r"the key file /nowhere/keys\.json cannot be read"):
        list_(Path("/nowhere/keys.json"), json=False)
