"""Databases are those of the processes, and their schemas are made before anybody uses them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from goldenthread.launcher.topology import PROCESSES
from tests.deploy.manifests import Container, Object, Render, at
from tests.deploy.process_containers import Running, Variable, running, setting, variables
from tests.deploy.rules.labels import VERSION
from tests.deploy.rules.processes import whole
from tests.deploy.rules.registry import containers, every, rule
from tests.deploy.rules.rolling import replicas

_TRIES, _ENOUGH_TRIES = 6, 10
"""Of a Job that says nothing; and those that take about half an hour."""
_UNLESS_TOLD = 100
"""What max_connections is where nobody says it."""
RESERVED = 20
"""Connections that are left to PostgreSQL's superusers, the operator, backups and people."""


@rule(containers)
def databases_are_there(container: Container, render: Render) -> Iterator[str]:
    """A database's address is that of its owner at a cluster here, over TLS, and proves whom it talks to."""
    url = variables(container, render).get(setting("database_url"), Variable("")).text
    address = urlsplit(url)
    clusters = [each.name for each in render.of("Cluster")]
    if not url or not clusters:
        return
    if (address.hostname or "").partition(".")[0] not in [f"{name}-rw" for name in clusters]:
        yield f"its database is at {address.hostname}, and the clusters here are {clusters} (-rw: the primary)"
    owners = {each.spec["name"]: each.spec["owner"] for each in render.of("Database")}
    name = address.path.removeprefix("/")
    if owners.get(name) != address.username:
        yield f"it comes as {address.username} to the database {name}, and the Database here says {owners}"
    if "sslmode=verify-full" not in address.query:
        yield "sslmode is to be verify-full: it would talk to whoever answers"


@rule(every("Database", "DatabaseRole", "ScheduledBackup"))
def the_cluster_is_there(thing: Object, render: Render) -> Iterator[str]:
    name = at(thing.spec, "cluster", "name", default="")
    if render.find("Cluster", name) is None:
        yield f"its cluster {name} is not there"


@rule(whole)
def databases_are_migrated_once(render: Render, _: Render) -> Iterator[str]:
    """Each by what runs before its process, or by a Job, and not by both."""
    commands = [(each.pod, each.command[2:]) for each in render.containers() if each.command[1:2] == ["migrate"]]
    for process in (each for each in PROCESSES if each.database):
        found = sorted({str(pod.owner.kind) for pod, names in commands if process.name in names})
        if len(found) != 1:
            yield f"{process.name} is migrated by {found or 'nothing'}: by init containers, or by a Job, is needed"


@rule(every("Job"))
def jobs_can_be_applied_again(job: Object, _: Render) -> Iterator[str]:
    """The template of a Job cannot change: its name has the version, or it goes by itself when it is done."""
    if job.labels.get(VERSION, "?") not in job.name and job.spec.get("ttlSecondsAfterFinished") is None:
        yield "its name has no version, and it stays when it is done: the next version could not be applied"
    if at(job.spec, "template", "spec", "restartPolicy") not in ("OnFailure", "Never"):
        yield "its restartPolicy is to be OnFailure"


@rule(every("Job"))
def jobs_have_patience(job: Object, _: Render) -> Iterator[str]:
    """What they need may come later, and a migration takes what it takes: nobody would run it again."""
    if (tries := job.spec.get("backoffLimit", _TRIES)) < _ENOUGH_TRIES:
        yield f"backoffLimit is {tries}: it gives up before a database or a Kafka that is being made is there"
    if (limit := job.spec.get("activeDeadlineSeconds")) is not None:
        yield f"activeDeadlineSeconds is {limit}: a migration that takes longer is ended for good"


@rule(every("Database", "DatabaseRole"))
def databases_outlive_their_objects(thing: Object, _: Render) -> Iterator[str]:
    """Whoever deletes an object by mistake, or has it pruned, deletes no data."""
    for name in ("databaseReclaimPolicy", "databaseRoleReclaimPolicy"):
        if thing.spec.get(name) == "delete":
            yield f"{name} is delete: leave it out, data are kept then"


def servers(render: Render) -> list[Object]:
    """Subjects: the servers that keep the databases."""
    images = {each.pod.owner: each.body.get("image", "") for each in render.containers()}
    return [*render.of("Cluster"), *(owner for owner, image in images.items() if image.startswith("postgres:"))]


@rule(servers)
def connections_are_enough(server: Object, render: Render) -> Iterator[str]:
    """For as many replicas as there may be, with those that replace them, their migrations, and who else connects."""
    most = int(at(server.spec, "postgresql", "parameters", "max_connections", default=_UNLESS_TOLD))
    needed = {str(each.container.pod.owner): connections(each, render) for each in running(render)}
    jobs = sum(each.command[:2] == ["goldenthread", "migrate"] for each in render.containers())
    total = sum(needed.values()) + jobs + RESERVED
    if total > most:
        told = ", ".join(f"{count} of {name}" for name, count in sorted(needed.items()) if count)
        yield f"max_connections is {most}, and {total} may be needed: {told}, {jobs} of migrations, {RESERVED} reserved"


def connections(found: Running, render: Render) -> int:
    """How many a process may have, of all its replicas together."""
    if not found.process.database:
        return 0
    told = variables(found.container, render).get(setting("database_pool"))
    count = replicas(found.container.pod.owner, render)
    return (count.most + count.surge) * int(told.text if told is not None else found.default("database_pool"))


@rule(every("DatabaseRole"))
def roles_come_with_a_certificate(role: Object, _: Render) -> Iterator[str]:
    """They may log in, and have no password that somebody would have to keep."""
    certificate = at(role.spec, "clientCertificate", "enabled")
    if role.spec.get("login") is not True or role.spec.get("disablePassword") is not True or certificate is not True:
        yield "it is to say login, disablePassword and clientCertificate.enabled: true"


@rule(every("Cluster", "KafkaNodePool"))
def servers_have_their_memory(server: Object, _: Render) -> Iterator[str]:
    """All that they may take is asked for: a node that is full ends them last."""
    resources = at(server.spec, "resources", default={})
    limit = at(resources, "limits", "memory")
    if limit is None or at(resources, "requests", "memory") != limit or at(resources, "limits", "cpu"):
        yield f"its resources are {resources}: limits.memory as in requests, and no limit of the CPU"
