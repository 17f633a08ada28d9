"""A network that drops every packet, those to the name server included: the doctor ends in time and names all.

It is made in namespaces of its own. Where those cannot be made (without root) the test is skipped and says so.
"""

from __future__ import annotations

import asyncio
import os
import time
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from tests.integration.doctor.conftest import LONGEST
from tests.support.encryption_keys import keys_file
from tests.support.running_instance import COMMAND

pytestmark = pytest.mark.alone
_CANNOT = 77
_NETWORK = f"""
    {{ ip link set lo up && ip link add v0 type veth peer name v1 && ip addr add 10.1.1.1/24 dev v0 &&
    ip link set v0 up && ip link set v1 up && ip route add default via 10.1.1.2 &&
    ip neigh add 10.1.1.2 lladdr 02:00:00:00:00:01 dev v0 && mount --bind "$1" /etc/resolv.conf; }} || exit {_CANNOT}
    shift
"""
_AWAY = "10.255.255.9"
_SETTINGS = {
    "DATABASE_URL": f"postgresql://a:b@{_AWAY}/a",
    "KAFKA": f"kafka.example.com:9092,{_AWAY}:9092",
    "ISSUER": f"http://{_AWAY}",
    "SERVICE_CLIENT_ID": "goldenthread-notifications",
    "SERVICE_CLIENT_SECRET": "secret",
    "GOALS_URL": "http://goals.example.com",
    "ALIGNMENT_URL": f"http://{_AWAY}",
}


async def run(script: str, *arguments: str | Path) -> tuple[int | None, list[str], float]:
    told = {f"GOLDENTHREAD_{name}": value for name, value in {**_SETTINGS, "KEYS_FILE": keys_file()}.items()}
    command = ("unshare", "-mn", "sh", "-c", _NETWORK + script, "sh", *map(str, arguments))
    begun = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *command, env={"PATH": os.environ["PATH"], **told}, stdout=PIPE, stderr=PIPE, cwd="/"
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode().splitlines(), time.monotonic() - begun


async def test_the_command_ends_in_time_and_names_everything(tmp_path: Path) -> None:
    names = tmp_path / "resolv.conf"
    names.write_text("nameserver 10.255.255.1\n")
    try:
        code, _, start = await run('"$1" --version', names, COMMAND)
    except OSError as error:
        pytest.skip(f"there is no unshare here: {error}")
    if code != 0:
        pytest.skip("namespaces cannot be made here")
    code, lines, seconds = await run('"$1" doctor --deployment notifications', names, COMMAND)
    assert code == 1
    silent = [line for line in lines if " problem " in line and "does not answer" in line]
    found = {line.partition(" problem ")[2].partition(":")[0].strip() for line in silent}
    assert found == {"database", "keys in use", "restored backup", "kafka", "issuer", "goals", "alignment"}
    assert any("warning  internet" in line for line in lines)
    assert seconds < LONGEST + max(0.0, 2 * start - 1), "other work on this machine may make every start slow"
