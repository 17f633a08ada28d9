"""The command line as a whole: what is listed, what is imported, and what an unexpected failure looks like."""

from __future__ import annotations

import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from goldenthread import __version__
from goldenthread.cli import command_table
from tests.unit.cli.conftest import Run


def test_every_command_that_is_listed_is_there_with_help_of_its_own(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--help") == 0
    listed = capsys.readouterr().out
    for name in command_table.COMMANDS:
        assert f" {name} " in listed
        assert run(name, "--help") == 0
        assert f"goldenthread {name}" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["export", "keys new", "organization delete"])
def test_help_is_wrapped_by_the_terminal_and_not_by_the_source(
    command: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*command.split(), "--help") == 0
    prose = capsys.readouterr().out.partition("╭")[0]
    lines = [line.strip() for line in prose.splitlines()]
    assert max(map(len, lines)) < 80
    wrapped = [one for one, two in itertools.pairwise(lines) if one and two]
    assert min(map(len, wrapped)) > 60


def test_the_version_is_printed_alone(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version") == 0
    assert capsys.readouterr().out == f"goldenthread {__version__}\n"


def test_an_unknown_command_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("fly") == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "No such command 'fly'" in said.err


def test_help_loads_nothing_that_talks_to_the_network_or_a_broker() -> None:
    heavy = "{'httpx', 'aiokafka', 'asyncpg', 'faststream', 'joserfc', 'starlette', 'strawberry'}"
    program = f"import sys, goldenthread.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_data_dir_or_port_that_cannot_be_used_is_said_in_words(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    assert run("up", "--data-dir", str(tmp_path / "file")) == 1
    assert "choose another data dir" in capsys.readouterr().err
    assert run("up", "--data-dir", str(tmp_path), "--http-port", "99999") == 2
    assert "65535" in capsys.readouterr().err
