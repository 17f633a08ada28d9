"""A secret may stand in a file that its setting names: what is wrong with the file is said, what is in it never."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.settings import BadSettings, DatabaseSettings, load, variables
from goldenthread.runtime.configuration.small_files import LONGEST

URL = "postgresql://user:very-secret@db/name"
GOOD = {
    "GOLDENTHREAD_KAFKA": "localhost:9092",
    "GOLDENTHREAD_ISSUER": "http://issuer",
    "GOLDENTHREAD_SERVICE_TOKEN": "very-secret-token",
}
NAME = "GOLDENTHREAD_DATABASE_URL_FILE"


def problem(**other: str) -> str:
    with pytest.raises(BadSettings) as found:
        load(DatabaseSettings, GOOD | other)
    (only,) = found.value.problems
    assert "secret" not in only.replace("holds the secret", "")
    return only


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n"], ids=["none", "unix", "windows", "two"])
def test_the_line_break_at_the_end_is_left_out(tmp_path: Path, end: str) -> None:
    file = tmp_path / "database-url"
    file.write_bytes((URL + end).encode())
    assert load(DatabaseSettings, GOOD | {NAME: str(file)}).database_url == Secret(URL)


def test_every_secret_may_stand_in_a_file_and_nothing_else(tmp_path: Path) -> None:
    files = {name for name in variables(DatabaseSettings) if name.endswith("_FILE")}
    assert files >= {NAME, "GOLDENTHREAD_KAFKA_SASL_PASSWORD_FILE", "GOLDENTHREAD_SERVICE_TOKEN_FILE"}
    assert not files & {"GOLDENTHREAD_KAFKA_FILE", "GOLDENTHREAD_ISSUER_FILE"}
    password = tmp_path / "password"
    password.write_text("  kept as it is\n")
    found = load(
        DatabaseSettings,
        GOOD | {"GOLDENTHREAD_DATABASE_URL": URL, "GOLDENTHREAD_KAFKA_SASL_PASSWORD_FILE": str(password)},
    )
    assert found.kafka_sasl_password == Secret("  kept as it is")
    assert "kept" not in repr(found)


def test_a_file_that_is_not_there_cannot_be_read_is_empty_or_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "database-url"
    assert problem(**{NAME: str(file)}) == f"{NAME}: {file} cannot be read: No such file or directory"
    assert problem(**{NAME: str(tmp_path)}).startswith(f"{NAME}: {tmp_path} ")
    file.write_text("\n")
    assert problem(**{NAME: str(file)}) == f"{NAME}: {file} is empty"
    file.write_bytes(b"very-secret\xff")
    assert problem(**{NAME: str(file)}) == f"{NAME}: {file} is not text in UTF-8"


def test_what_has_no_end_is_not_read_to_it(tmp_path: Path) -> None:
    file, pipe = tmp_path / "long", tmp_path / "pipe"
    file.write_text("x" * (LONGEST + 1))
    assert problem(**{NAME: str(file)}) == f"{NAME}: {file} is longer than {LONGEST} bytes"
    os.mkfifo(pipe)
    assert problem(**{NAME: str(pipe)}) == f"{NAME}: {pipe} is no regular file"
    assert "no regular file" in problem(**{NAME: "/dev/zero"})


def test_a_secret_that_was_given_in_place_of_a_path_is_not_quoted() -> None:
    assert problem(**{NAME: URL}) == f"{NAME}: it is no absolute path; name the file that holds the secret"
    assert problem(**{NAME: "/no\0path"}).startswith(f"{NAME}: ")


def test_what_is_in_the_file_is_checked_as_if_it_were_in_the_variable(tmp_path: Path) -> None:
    file = tmp_path / "database-url"
    file.write_text("mysql://me:very-secret@db")
    assert problem(**{NAME: str(file)}).startswith("GOLDENTHREAD_DATABASE_URL: it does not fit")


def test_given_both_ways_or_neither_is_a_problem(tmp_path: Path) -> None:
    file = tmp_path / "database-url"
    file.write_text(URL)
    both = {NAME: str(file), "GOLDENTHREAD_DATABASE_URL": URL}
    assert problem(**both) == f"GOLDENTHREAD_DATABASE_URL and {NAME} are both set; leave one of them out"
    assert problem() == f"GOLDENTHREAD_DATABASE_URL is not set, nor is {NAME}"
    assert problem(**{NAME: ""}) == problem()
