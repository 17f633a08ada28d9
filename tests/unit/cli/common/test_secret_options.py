"""No secret on the command line, which everybody on the machine can read: from the environment or a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldenthread.cli.instance import up
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.machine import Options
from tests.unit.cli.conftest import FakeGateway, Run

URL = "postgresql://me:swordfish@127.0.0.1:1/x"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """What `up` was to start, which it does not."""
    found: list[Options] = []
    monkeypatch.setattr(up, "run", lambda options, *_, **__: found.append(options))
    return found


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "postgresql://me:sword/fish@127.0.0.1/x",
        "postgresql://me@127.0.0.1/x?password=swordfish",
        "postgresql://me@127.0.0.1/x?sslmode=require&sslpassword=swordfish",
        "me:swordfish@127.0.0.1",
    ],
)
def test_a_password_on_the_command_line_is_refused_with_both_ways_to_give_it(
    run: Run, capsys: pytest.CaptureFixture[str], started: list[Options], url: str, tmp_path: Path
) -> None:
    assert run("up", "--data-dir", str(tmp_path / "data"), "--postgres", url) == 1
    said = capsys.readouterr().err
    assert "GOLDENTHREAD_POSTGRES" in said
    assert "--postgres @FILE" in said
    assert "fish" not in said
    assert started == []


def test_a_url_with_a_password_comes_from_the_environment_or_a_file(
    run: Run, started: list[Options], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "url").write_text(f"{URL}\n")
    assert run("up", "--data-dir", str(tmp_path), "--postgres", f"@{tmp_path / 'url'}") == 0
    monkeypatch.setenv("GOLDENTHREAD_POSTGRES", URL)
    assert run("up", "--data-dir", str(tmp_path)) == 0
    assert run("up", "--data-dir", str(tmp_path), "--postgres", "postgresql://me@127.0.0.1:1/x") == 0
    assert [each.postgres for each in started] == [Secret(URL), Secret(URL), Secret("postgresql://me@127.0.0.1:1/x")]


def test_a_token_comes_from_a_file_and_not_from_the_command_line(
    gateway: FakeGateway, run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("turns", "--url", gateway.url, "--token", "swordfish") == 1
    said = capsys.readouterr().err
    assert "GOLDENTHREAD_TOKEN" in said
    assert "--token @FILE" in said
    assert "swordfish" not in said
    (tmp_path / "token").write_text("from-file\n")
    gateway.answers = [{"errors": [{"message": "no"}]}]
    assert run("turns", "--url", gateway.url, "--token", f"@{tmp_path / 'token'}") == 1
    assert gateway.tokens == ["Bearer from-file"]


@pytest.mark.parametrize("content", [None, "", " \n", b"\xff\xfe"])
def test_a_file_without_a_secret_is_said_so(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str | bytes | None
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert run("turns", "--url", "http://127.0.0.1:1/graphql", "--token", f"@{file}") == 1
    said = capsys.readouterr().err
    assert f"--token: {file}" in said
    assert "Traceback" not in said
    assert "Errno" not in said


def test_a_url_with_a_password_is_no_way_to_say_who_asks(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("turns", "--url", "http://me:swordfish@127.0.0.1:1/graphql") == 1
    assert "swordfish" not in capsys.readouterr().err
