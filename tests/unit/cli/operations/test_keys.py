"""`goldenthread keys` makes keys that processes read, and shows which there are without showing them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.operations.keys import KeysAction, keys
from goldenthread.runtime.keys.key_file import read_keys


def test_without_a_file_a_whole_file_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys(KeysAction.NEW, "webhooks", None, json=False)
    (tmp_path / "keys.json").write_text(capsys.readouterr().out)
    (made,) = read_keys(str(tmp_path / "keys.json"), ["webhooks"])
    assert made.purpose == "webhooks"


def test_a_key_is_put_first_and_the_list_says_which_encrypts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "keys.json"
    keys(KeysAction.NEW, "webhooks", file, json=False)
    (old,) = read_keys(str(file))
    assert capsys.readouterr().out == f"{file}: {old.kid} encrypts from now on\n"
    keys(KeysAction.NEW, "webhooks", file, json=False)
    new, _ = read_keys(str(file))
    assert capsys.readouterr().out == f"{file}: {new.kid} encrypts from now on; {old.kid} still decrypt\n"
    keys(KeysAction.LIST, None, file, json=True)
    said = capsys.readouterr().out
    assert [(each["kid"], each["encrypts"]) for each in json.loads(said)["keys"]] == [(new.kid, True), (old.kid, False)]
    assert file.stat().st_mode & 0o777 == 0o600
    keys(KeysAction.LIST, None, file, json=False)
    assert not any(each.secret.reveal() in said + capsys.readouterr().out for each in (old, new))


@pytest.mark.parametrize(
    ("action", "purpose", "file", "said"),
    [
        (KeysAction.NEW, None, None, "say with --purpose what the key is for: webhooks"),
        (KeysAction.NEW, "webhook", None, "say with --purpose what the key is for: webhooks"),
        (KeysAction.LIST, None, None, "say with --file which key file"),
        (KeysAction.LIST, None, Path("/nowhere/keys.json"), "the key file /nowhere/keys.json cannot be read"),
    ],
)
def test_what_is_missing_is_said(action: KeysAction, purpose: str | None, file: Path | None, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        keys(action, purpose, file, json=False)
