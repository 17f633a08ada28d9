"""Secrets are referenced, never made: nothing that is rendered has one in it, and each that is needed is documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from msgspec import structs

from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.configuration.settings import FILE
from tests.deploy.kustomize import DEPLOY
from tests.deploy.manifests import Container, Object, Pod, Render, at
from tests.deploy.process_containers import Running, running, setting, variables
from tests.deploy.rules.registry import containers, every, objects, pods, rule

_CREDENTIALS = re.compile(
    r"://[^/\s:@]+:[^/\s@]+@|-----BEGIN [A-Z ]*PRIVATE KEY|\beyJ[\w-]{10,}\.[\w-]+\.|\bpassword=[^\s;&]+"
)
_SECRET_NAME = re.compile(r"(password|passwd|secret|token|private_?key|credentials?)$", re.IGNORECASE)
_PATH_IN_URL = re.compile(r"ssl\w+=(/[^&]+)")
_ROW = re.compile(r"^\|(.+)\|\s*$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
_MADE = re.compile(r'^ *make "?([\w$-]+)"?((?:[^\n]|\\\n)*)', re.MULTILINE)
_MADE_KEY = re.compile(r'"([\w-]+)=')


class Reference(NamedTuple):
    """A Secret that a pod needs, and the keys that it uses of it, if it says which."""

    name: str
    keys: frozenset[str]


@rule(objects)
def secrets_are_not_made(thing: Object, _: Render) -> Iterator[str]:
    if thing.kind == "Secret":
        yield "it is a Secret: say in the README which one is needed, and leave it to whoever deploys this"


@rule(objects)
def no_secret_is_in_plain_text(thing: Object, _: Render) -> Iterator[str]:
    """Nothing that looks like a password, a key or a token; no URL with a user and a password."""
    for path, text in _texts(thing.body):
        if _CREDENTIALS.search(text):
            yield f"{path} looks like it has a credential in it: refer to a Secret"


@rule(every("ConfigMap"))
def configuration_has_no_secrets(config: Object, _: Render) -> Iterator[str]:
    """By the names of what it has: those of secrets are in Secrets; a file's path may be told."""
    for name in at(config.body, "data", default={}):
        if _SECRET_NAME.search(name):
            yield f"{name} is secret by its name: refer to a Secret where it is used"


@rule(containers)
def variables_have_no_secrets(container: Container, _: Render) -> Iterator[str]:
    """A variable that is secret by its name comes from a Secret."""
    for each in container.body.get("env") or []:
        if _SECRET_NAME.search(each["name"]) and "value" in each:
            yield f"{each['name']} has its value written down: use a secretKeyRef, or {each['name']}{FILE}"


@rule(pods)
def secrets_are_documented(pod: Pod, render: Render) -> Iterator[str]:
    """Each is in a table of Secrets of a README in deploy/k8s, with the keys that are used; or an operator makes it, or
    the script of the overlay.
    """
    made = dict(_made_by_operators(render)) | dict(_made_by_script(render.name))
    needed: dict[str, set[str]] = {}
    for reference in references(pod):
        needed.setdefault(reference.name, set()).update(reference.keys)
    for name in sorted(needed):
        if name in made and needed[name] <= made[name]:
            continue
        rows = [row for row in _rows() if any(_is_named(name, each) for each in row)]
        if not rows:
            yield f"it needs the Secret {name}, which no table in deploy/k8s/README.md names"
        elif missing := needed[name].difference(*rows):
            yield f"it needs {sorted(missing)} of the Secret {name}, which deploy/k8s/README.md does not name"


@rule(every("TriggerAuthentication", "Gateway"))
def secrets_of_operators_are_documented(thing: Object, render: Render) -> Iterator[str]:
    """Where it is no pod that needs one: an operator makes it of what is here, or a README says that it is needed."""
    listeners = [at(each, "tls", "certificateRefs", default=[]) for each in thing.spec.get("listeners") or []]
    names = [each["name"] for some in (*listeners, thing.spec.get("secretTargetRef") or []) for each in some]
    made = dict(_made_by_operators(render))
    for name in sorted(set(names) - set(made)):
        if not any(f"`{name}`" in file.read_text() for file in DEPLOY.rglob("README.md")):
            yield f"it needs the Secret {name}, which no README in deploy/k8s names"


@rule(running)
def keys_that_may_be_missing_are_optional(found: Running, render: Render) -> Iterator[str]:
    """Those of settings that have a default, and no others: without one of those a pod does not start."""
    needed = {setting(each.name) for each in structs.fields(found.settings) if each.required}
    for name, each in variables(found.container, render).items():
        if each.secret is not None and each.secret.optional == (name in needed):
            yield f"its secretKeyRef is {'not to be' if name in needed else 'to be'} optional: {name} is a setting"


def references(pod: Pod) -> Iterator[Reference]:
    """The Secrets that a pod needs."""
    for volume in pod.spec.get("volumes") or []:
        parts = [volume.get("secret"), *(each.get("secret") for each in at(volume, "projected", "sources", default=[]))]
        for part in filter(None, parts):
            keys = frozenset(each["key"] for each in part.get("items") or [])
            yield Reference(part.get("secretName") or part["name"], keys)
    for container in pod.containers:
        for each in container.body.get("env") or []:
            if key := at(each, "valueFrom", "secretKeyRef"):
                yield Reference(key["name"], frozenset({key["key"]}))
        for source in container.body.get("envFrom") or []:
            if secret := source.get("secretRef"):
                yield Reference(secret["name"], frozenset())


def _made_by_operators(render: Render) -> Iterator[tuple[str, frozenset[str]]]:
    """The Secrets, with their keys, that operators make of what is rendered."""
    for each in render.of("Kafka"):
        yield f"{each.name}-cluster-ca-cert", frozenset({"ca.crt", "ca.p12", "ca.password"})
    for each in render.of("KafkaUser"):
        yield each.name, frozenset({"ca.crt", "user.crt", "user.key", "user.p12", "user.password"})
    for each in render.of("Cluster"):
        yield f"{each.name}-ca", frozenset({"ca.crt", "ca.key"})
    for each in render.of("DatabaseRole"):
        if at(each.spec, "clientCertificate", "enabled"):
            yield f"{each.name}-client-cert", frozenset({"tls.crt", "tls.key"})
    for each in render.of("Certificate"):
        yield each.spec["secretName"], frozenset({"ca.crt", "tls.crt", "tls.key"})


@cache
def _made_by_script(render: str) -> list[tuple[str, frozenset[str]]]:
    """The Secrets that `secrets.sh` of an overlay makes: its lines `make NAME KEY=VALUE ...`."""
    script = DEPLOY / render / "secrets.sh"
    found = _MADE.findall(script.read_text()) if script.is_file() else []
    return [
        (name.replace("$process", process.name), frozenset(_MADE_KEY.findall(rest)))
        for name, rest in found
        for process in (PROCESSES if "$process" in name else PROCESSES[:1])
    ]


def _is_named(name: str, text: str) -> bool:
    """Whether a README means this Secret by `text`: its name, or `goldenthread-<process>` for that of each process."""
    before, placeholder, after = text.partition("<process>")
    names = [each.name for each in PROCESSES] if placeholder else [""]
    return name in [before + each + after for each in names]


def _texts(body: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(body, str):
        yield path, body
    elif isinstance(body, dict):
        for key, value in body.items():
            yield from _texts(value, f"{path}.{key}".strip("."))
    elif isinstance(body, list):
        for number, value in enumerate(body):
            yield from _texts(value, f"{path}.{number}")


@cache
def _rows() -> list[frozenset[str]]:
    """What stands in code in each row of a table, in the READMEs of what is deployed."""
    return [
        frozenset(_CODE.findall(row)) for file in DEPLOY.rglob("README.md") for row in _ROW.findall(file.read_text())
    ]
