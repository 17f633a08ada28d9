"""Which instance a command talks to, and what it does while that one starts."""

from __future__ import annotations

import threading
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from goldenthread.cli.command_table import load_command
from goldenthread.cli.common import connection
from goldenthread.cli.common.errors import CommandError
from goldenthread.launcher import instance_file
from goldenthread.launcher.instance_file import Instance

INSTANCE = Instance(
    pid=1, started="now", graphql="http://g", urls={}, kafka="k", databases={}, issuer="i", audience="a", pids={},
    logs="l",
)  # fmt: skip


def test_an_instance_that_is_starting_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = threading.Event()
    with instance_file.claim(tmp_path):
        find = instance_file.find

        def look(data_dir: Path) -> Instance | None:
            found = find(data_dir)
            looked.set()
            return found

        def start() -> None:
            looked.wait(10)
            instance_file.publish(tmp_path, INSTANCE)

        monkeypatch.setattr(instance_file, "find", look)
        starting = threading.Thread(target=start)
        starting.start()
        assert connection.running_instance(tmp_path, pause=0.01) == INSTANCE
        starting.join()


def test_one_that_does_not_become_ready_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with instance_file.claim(tmp_path), pytest.raises(CommandError, match="is not ready yet; try again"):
        connection.running_instance(tmp_path, within=0.0)


def test_where_nothing_runs_it_is_said_at_once_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nothing runs on .*goldenthread up"):
        connection.running_instance(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "environment", "sent"),
    [
        ([], {}, None),
        (["--organization", "org_a"], {}, "org_a"),
        ([], {"GOLDENTHREAD_ORGANIZATION": "org_b"}, "org_b"),
        (["--organization", "org_a"], {"GOLDENTHREAD_ORGANIZATION": "org_b"}, "org_a"),
        ([], {"GOLDENTHREAD_ORGANIZATION": ""}, None),
    ],
)
@pytest.mark.parametrize("command", ["tree", "whys", "export", "turns"])
def test_a_command_acts_in_the_organization_that_is_chosen(
    command: str, arguments: list[str], environment: dict[str, str], sent: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = list[httpx.Headers]()

    def answer(self: httpx.Client, url: str, **_: object) -> httpx.Response:
        headers.append(self.headers)
        return httpx.Response(403, json={"errors": [{"message": "no", "extensions": {"code": "FORBIDDEN"}}]})

    monkeypatch.setattr(httpx.Client, "post", answer)
    told = {"GOLDENTHREAD_URL": "http://gateway/graphql", "GOLDENTHREAD_TOKEN": "a token", **environment}
    CliRunner().invoke(load_command(command), arguments, env=told)
    assert [each.get("golden-thread-organization") for each in headers] == [sent]
