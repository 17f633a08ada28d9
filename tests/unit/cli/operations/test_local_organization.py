"""The organization of a data dir, also after it was deleted: the instance runs for the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.instance import local_organization
from goldenthread.launcher.instance_file import Instance

GOALS = "http://127.0.0.1:1"
INSTANCE = Instance(
    pid=1,
    started="",
    graphql="",
    urls={"goals": GOALS},
    kafka="",
    databases={},
    issuer="http://127.0.0.1:2",
    audience="goldenthread",
    pids={},
    logs="",
)


class FakeGoals:
    """Makes organizations, but none whose id is `deleted`; or answers everything with `status`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: list[str] = []
        self.deleted: set[str] = set()
        self.status = 200
        monkeypatch.setattr(httpx, "post", self.post)
        monkeypatch.setattr(httpx, "get", self.get)

    def post(self, url: str, **given: Any) -> httpx.Response:
        id, request = given["json"]["id"], httpx.Request("POST", url)
        if id in self.deleted:
            problem = {"code": "CONFLICT", "message": "This organization was deleted.", "path": ["id"]}
            return httpx.Response(409, json={"errors": [problem]}, request=request)
        if self.status == 200:
            self.made.append(id)
        return httpx.Response(self.status, text="no", request=request)

    def get(self, url: str, **_: Any) -> httpx.Response:
        raise httpx.ConnectError(url)


@pytest.fixture
def goals(monkeypatch: pytest.MonkeyPatch) -> FakeGoals:
    return FakeGoals(monkeypatch)


def test_where_it_was_deleted_another_one_is_made_and_remembered(tmp_path: Path, goals: FakeGoals) -> None:
    first = local_organization.ensure_organization(tmp_path, INSTANCE)
    assert local_organization.ensure_organization(tmp_path, INSTANCE) == first
    goals.deleted = {first.id}
    second = local_organization.ensure_organization(tmp_path, INSTANCE)
    assert second.id != first.id
    assert local_organization.load_local_organization(tmp_path) == second
    assert goals.made == [first.id, first.id, second.id]


@pytest.mark.parametrize("status", [400, 409, 500])
def test_for_any_other_answer_it_stays_and_the_answer_is_said(tmp_path: Path, goals: FakeGoals, status: int) -> None:
    first = local_organization.ensure_organization(tmp_path, INSTANCE)
    goals.status = status
    with pytest.raises(CommandError, match=f"{GOALS}/v1/organizations answered {status}: no"):
        local_organization.ensure_organization(tmp_path, INSTANCE)
    assert local_organization.load_local_organization(tmp_path) == first
