"""After real use no secret is in a log or on a command line: passwords, tokens, what webhooks are signed with."""

from __future__ import annotations

from pathlib import Path

from tests.support.story_organization import StoryOrganization

CHANGES = "subscription { goalTreeChanged { revision } }"


async def test_no_secret_is_in_a_log_or_on_a_command_line(org: StoryOrganization) -> None:
    added = await org.admin.do("addWebhook", "webhook secret", {"url": "https://[2a00::1]/hook"})
    async with org.admin.subscribed(CHANGES):
        await org.purpose()
    forged = await org.admin.http.post(
        org.admin.url, json={"query": "{ viewer { id } }"}, headers={"Authorization": f"Bearer {org.admin.token}x"}
    )
    assert forged.status_code == 401
    secrets = [str(org.admin.token), str(org.up.said["token"]), added["secret"], password(org.up.data_dir), "eyJhbGci"]
    places = {**logs(org.up.data_dir), **command_lines(org.up.instance.pids)}
    assert {"up.log", "goals.log", "gateway.log", "postgres.log", "cmdline of notifications"} <= set(places)
    assert {(name, secret[:8]) for name, text in places.items() for secret in secrets if secret in text} == set()


def password(data_dir: Path) -> str:
    return (data_dir / "postgres.password").read_text()


def logs(data_dir: Path) -> dict[str, str]:
    return {each.name: each.read_text(errors="replace") for each in data_dir.rglob("*.log")}


def command_lines(pids: dict[str, int]) -> dict[str, str]:
    return {f"cmdline of {name}": Path(f"/proc/{pid}/cmdline").read_text() for name, pid in pids.items()}
