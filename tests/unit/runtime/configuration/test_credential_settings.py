"""Who a process is to the others is said in one of three ways, and only by those that call others."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.settings import Settings as Gateway
from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.settings import BadSettings, ProcessSettings, load
from services.alignment.settings import Settings as Alignment
from services.goals.settings import Settings as Goals
from services.notifications.settings import Settings as Notifications

COMMON = {
    "GOLDENTHREAD_KAFKA": "localhost:9092",
    "GOLDENTHREAD_ISSUER": "http://issuer",
    "GOLDENTHREAD_DATABASE_URL": "postgresql://user@db/name",
    "GOLDENTHREAD_GOALS_URL": "http://goals",
    "GOLDENTHREAD_ALIGNMENT_URL": "http://alignment",
    "GOLDENTHREAD_NOTIFICATIONS_URL": "http://notifications",
    "GOLDENTHREAD_KEYS_FILE": "/etc/goldenthread/keys/keys.json",
}
WAYS = {"TOKEN": "swordfish", "CLIENT_ID": "goldenthread-goals", "CLIENT_SECRET": "sword+fish", "SCOPE": "a b"}


def problems(*ways: str, kind: type[ProcessSettings] = ProcessSettings, **other: str) -> list[str]:
    given = {f"GOLDENTHREAD_SERVICE_{way}": WAYS[way] for way in ways}
    given |= {f"GOLDENTHREAD_SERVICE_{way}": value for way, value in other.items()}
    try:
        load(kind, COMMON | given)
    except BadSettings as error:
        found = error.problems
    else:
        found = []
    assert not any("swordfish" in each or "sword+fish" in each for each in found)
    return found


@pytest.mark.parametrize("kind", [Alignment, Notifications, Gateway], ids=["alignment", "notifications", "gateway"])
def test_whoever_calls_others_needs_credentials_and_is_told_the_three_ways(kind: type[ProcessSettings]) -> None:
    (problem,) = problems(kind=kind)
    for way in ("TOKEN", "TOKEN_FILE", "CLIENT_ID", "CLIENT_SECRET"):
        assert f"GOLDENTHREAD_SERVICE_{way} " in problem


def test_goals_calls_nobody() -> None:
    assert problems(kind=Goals) == []
    assert problems("TOKEN", kind=Goals) == []


@pytest.mark.parametrize("ways", [("TOKEN",), ("CLIENT_ID", "CLIENT_SECRET"), ("CLIENT_ID", "CLIENT_SECRET", "SCOPE")])
def test_each_way_is_enough(ways: tuple[str, ...]) -> None:
    assert problems(*ways) == []


@pytest.mark.parametrize(
    ("ways", "said"),
    [
        (
            ("TOKEN", "CLIENT_ID", "CLIENT_SECRET"),
            "GOLDENTHREAD_SERVICE_TOKEN and GOLDENTHREAD_SERVICE_CLIENT_ID and GOLDENTHREAD_SERVICE_CLIENT_SECRET are"
            " set; leave one of them out",
        ),
        (
            ("CLIENT_ID",),
            "GOLDENTHREAD_SERVICE_CLIENT_SECRET is not set, nor is GOLDENTHREAD_SERVICE_CLIENT_SECRET_FILE, which"
            " GOLDENTHREAD_SERVICE_CLIENT_ID asks for",
        ),
        (
            ("CLIENT_SECRET",),
            "GOLDENTHREAD_SERVICE_CLIENT_ID is not set, which GOLDENTHREAD_SERVICE_CLIENT_SECRET asks for",
        ),
        (
            ("TOKEN", "SCOPE"),
            "GOLDENTHREAD_SERVICE_SCOPE is set, but not GOLDENTHREAD_SERVICE_CLIENT_ID, with which a token of that"
            " scope is asked for",
        ),
    ],
    ids=["both", "no secret", "no id", "scope of a token"],
)
def test_what_does_not_go_together_is_one_sentence(ways: tuple[str, ...], said: str) -> None:
    assert problems(*ways) == [said]


def test_files_are_kept_by_name_to_be_read_again(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("swordfish\n")
    found = load(ProcessSettings, COMMON | {"GOLDENTHREAD_SERVICE_TOKEN_FILE": str(file)})
    assert (found.service_token, found.service_token_file) == (Secret("swordfish"), str(file))
    assert problems("TOKEN", TOKEN_FILE=str(file)) == [
        "GOLDENTHREAD_SERVICE_TOKEN and GOLDENTHREAD_SERVICE_TOKEN_FILE are both set; leave one of them out"
    ]
    assert "swordfish" not in repr(load(ProcessSettings, COMMON | {"GOLDENTHREAD_SERVICE_TOKEN_FILE": str(file)}))
    gone = tmp_path / "gone"
    (problem,) = problems("CLIENT_ID", CLIENT_SECRET_FILE=str(gone))
    assert problem == f"GOLDENTHREAD_SERVICE_CLIENT_SECRET_FILE: {gone} cannot be read: No such file or directory"
