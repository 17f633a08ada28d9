"""Memory is asked for and limited so that it is enough; the CPU is not limited, which would only make waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.deploy.manifests import Container, Render, at
from tests.deploy.process_containers import Running, running, setting, variables
from tests.deploy.quantities import MIB, bytes_of
from tests.deploy.rules.registry import containers, rule


class Memory(NamedTuple):
    """MiB that a process has when it is idle, and at most while it starts."""

    idle: int
    starting: int


MEASURED = {
    "goals": Memory(73, 73),
    "alignment": Memory(235, 445),
    "notifications": Memory(87, 87),
    "gateway": Memory(104, 104),
}
_HELD = 220
"""Bytes that alignment takes for each goal or link that it holds (`held_weight` of them at most)."""
_ROOM = 2
"""How many times of its idle memory a process may use at least, where what it holds is not counted one by one."""


@rule(containers)
def memory_is_limited_and_the_cpu_is_not(container: Container, _: Render) -> Iterator[str]:
    """Requests of both, a limit of memory that is not below its request, and none of the CPU."""
    asked = at(container.body, "resources", "requests", default={})
    limits = at(container.body, "resources", "limits", default={})
    for name in ("cpu", "memory"):
        if name not in asked:
            yield f"it requests no {name}: the scheduler would not count it"
    if "memory" not in limits:
        yield "it has no limit of memory: one pod could take the node's"
    elif bytes_of(limits["memory"]) < bytes_of(asked.get("memory", 0)):
        yield f"its limit of memory {limits['memory']} is below what it requests"
    if "cpu" in limits:
        yield "it has a limit of the CPU: leave it out, it only makes callers wait"


@rule(running)
def memory_is_enough(found: Running, render: Render) -> Iterator[str]:
    """For what was measured: idle in the request; and in the limit what it takes to start, and what it holds."""
    memory = MEASURED[found.process.name]
    asked = bytes_of(at(found.container.body, "resources", "requests", "memory", default=0))
    limit = bytes_of(at(found.container.body, "resources", "limits", "memory", default=0))
    needed = max(memory.starting, memory.idle * _ROOM) * MIB
    if found.process.name == "alignment":
        needed = memory.starting * MIB + held_weight(found, render) * _HELD
    in_memory = sum(bytes_of(each) for each in _volumes_in_memory(found.container))
    if asked < memory.idle * MIB:
        yield f"it requests {asked // MIB} MiB of memory, and takes {memory.idle} MiB when it is idle"
    if limit < needed + in_memory:
        yield f"its limit of memory is {limit // MIB} MiB, and it may need {(needed + in_memory) // MIB} MiB"


def held_weight(found: Running, render: Render) -> int:
    """How many goals and links the process keeps in memory at most."""
    told = variables(found.container, render).get(setting("held_weight"))
    return int(told.text if told is not None else found.default("held_weight"))


def _volumes_in_memory(container: Container) -> Iterator[str]:
    for mount in container.mounts:
        volume = container.pod.volume(mount["name"])
        if volume is not None and at(volume, "emptyDir", "medium") == "Memory":
            yield at(volume, "emptyDir", "sizeLimit", default="0")
