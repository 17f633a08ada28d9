"""Whether the commands of a runbook can be typed as they are: programs, subcommands, options, and what they name."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any

from goldenthread.cli.command_table import COMMANDS, load_command
from tests.deploy import kustomize
from tests.deploy.kustomize import KUBECTL

_TWO_WORDS = ("rollout",)
"""Commands of kubectl whose second word is a command, too."""


def command_problems(line: str) -> Iterator[str]:
    """Sentences about what is wrong with one line of a shell: each part of a pipe is looked at."""
    for part in _parts(line):
        match part[0]:
            case "goldenthread":
                yield from _of_goldenthread(part[1:])
            case "kubectl":
                own, _, inside = " ".join(map(shlex.quote, part[1:])).partition(" -- ")
                yield from _of_kubectl(shlex.split(own))
                if inside:
                    yield from command_problems(inside)
            case "grep":
                pass
            case _:
                yield f"{part[0]} is not one of the programs of a runbook"


def _parts(line: str) -> Iterator[list[str]]:
    words = shlex.split(line)
    while words:
        end = words.index("|") if "|" in words else len(words)
        yield words[:end]
        words = words[end + 1 :]


def _of_goldenthread(words: list[str]) -> Iterator[str]:
    """The names of subcommands and options are compared with the command line itself."""
    if words[0] not in COMMANDS:
        yield f"there is no goldenthread {words[0]}"
        return
    command: Any = load_command(words[0])
    rest = words[1:]
    if hasattr(command, "commands"):
        if not rest or rest[0] not in command.commands:
            yield f"there is no goldenthread {' '.join(words[:2])}"
            return
        command, rest = command.commands[rest[0]], rest[1:]
    options = {option for each in command.params for option in each.opts}
    yield from (f"goldenthread {words[0]} has no {each}" for each in rest if each[0] == "-" and each not in options)


def _of_kubectl(words: list[str]) -> Iterator[str]:
    namespace, verb, *rest = [each for each in words if each != "-n"]
    if namespace != "goldenthread" or words[0] != "-n":
        yield "kubectl is to be called with -n goldenthread"
        return
    verbs = [verb, rest.pop(0)] if verb in _TWO_WORDS else [verb]
    for option in (each.partition("=")[0] for each in rest if each.startswith("-")):
        if not re.search(rf"(?:^|\s){re.escape(option)}(?:[,=\s]|\[)", _help(*verbs)):
            yield f"kubectl {' '.join(verbs)} has no {option}"
    yield from _unknown_objects(rest)


def _unknown_objects(words: list[str]) -> Iterator[str]:
    together = kustomize.rendered(kustomize.TOGETHER)
    named = {f"{each.kind.lower()}/{each.name}" for each in together.objects}
    named |= {f"deployment/{each.name}-collector" for each in together.of("OpenTelemetryCollector")}  # its operator's
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.startswith(("deployment/", "service/")) and word not in named:
            yield f"there is no {word}"
        if word in ("podmonitor", "deployment") and f"{word}/{following}" not in named:
            yield f"there is no {word}/{following}"
        if word == "secret" and following not in _secrets():
            yield f"no pod uses a Secret {following}"
        if word == "-l":
            wanted = dict(each.split("=") for each in following.split(","))
            if not any(wanted.items() <= pod.labels.items() for pod in together.pods()):
                yield f"no pod has the labels {following}"
        if word == "-c" and following not in _containers():
            yield f"no pod has a container {following}"


def _containers() -> set[str]:
    return {str(each.body["name"]) for each in kustomize.rendered("base").containers()}


def _secrets() -> set[str]:
    return {
        str(source["secret"]["secretName"])
        for pod in kustomize.rendered(kustomize.TOGETHER).pods()
        for volume in pod.spec.get("volumes") or []
        for source in (volume, *(volume.get("projected") or {}).get("sources", ()))
        if "secretName" in (source.get("secret") or {})
    }


@cache
def _help(*verbs: str) -> str:
    """What kubectl says of the options of a command, and of those that all commands have."""
    asked = [[str(KUBECTL), *verbs, "--help"], [str(KUBECTL), "options"]]
    return "".join(subprocess.run(each, capture_output=True, text=True, check=True).stdout for each in asked)
