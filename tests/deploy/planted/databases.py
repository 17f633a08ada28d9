"""Mistakes in databases and their migrations."""

from __future__ import annotations

from goldenthread.launcher.topology import DATABASES
from tests.deploy.manifests import Render
from tests.deploy.planted.registry import Absent, breaks, container, one, tell
from tests.deploy.rules import databases

_URL = "postgresql://{user}@{host}:5432/{name}?sslmode={mode}"


@breaks(databases.databases_are_there)
def a_standby_that_cannot_be_written_to(render: Render) -> object:
    cluster, found = one(render, "Cluster"), container(render, "goals")
    url = _URL.format(user="goals", host=f"{cluster.name}-ro", name="goals", mode="verify-full")
    tell(found, "GOLDENTHREAD_DATABASE_URL", value=url)
    return found


@breaks(databases.databases_are_there)
def the_database_of_another_process(render: Render) -> object:
    cluster, found = one(render, "Cluster"), container(render, "goals")
    url = _URL.format(user="goals", host=f"{cluster.name}-rw", name="alignment", mode="verify-full")
    tell(found, "GOLDENTHREAD_DATABASE_URL", value=url)
    return found


@breaks(databases.databases_are_there)
def a_server_that_proves_nothing(render: Render) -> object:
    cluster, found = one(render, "Cluster"), container(render, "goals")
    url = _URL.format(user="goals", host=f"{cluster.name}-rw", name="goals", mode="require")
    tell(found, "GOLDENTHREAD_DATABASE_URL", value=url)
    return found


@breaks(databases.the_cluster_is_there)
def a_database_of_no_cluster(render: Render) -> object:
    found = one(render, "Database")
    found.spec["cluster"]["name"] = "postgres"
    return found


@breaks(databases.databases_are_migrated_once)
def nobody_migrates(render: Render) -> object:
    container(render, "goals").pod.spec.pop("initContainers", None)
    for job in render.of("Job"):
        render.objects.remove(job)
    return "goals is migrated by nothing"


@breaks(databases.databases_are_migrated_once)
def init_containers_beside_a_job(render: Render) -> object:
    for job in render.of("Job"):
        found = next((each for each in render.containers() if each.command[1:2] == ["migrate"]), None)
        if found is not None and found.pod.owner is job:
            body = {**found.body, "command": ["goldenthread", "migrate", "goals"]}
            container(render, "goals").pod.spec["initContainers"] = [body]
            return "goals is migrated by ['Deployment', 'Job']"
    raise Absent("no Job migrates")


@breaks(databases.jobs_can_be_applied_again)
def a_job_of_every_version(render: Render) -> object:
    found = one(render, "Job")
    found.body["metadata"]["name"] = "goldenthread-migrate"
    found.spec.pop("ttlSecondsAfterFinished", None)
    return found


@breaks(databases.connections_are_enough)
def larger_pools(render: Render) -> object:
    found = one(render, "Cluster")
    for name in DATABASES:
        tell(container(render, name), "GOLDENTHREAD_DATABASE_POOL", value="80")
    return found


@breaks(databases.connections_are_enough)
def more_replicas_than_the_only_server_takes(render: Render) -> object:
    found = one(render, "StatefulSet", "goldenthread-postgres")
    one(render, "Deployment", "goldenthread-goals").spec["replicas"] = 9
    return found


@breaks(databases.connections_are_enough)
def fewer_connections(render: Render) -> object:
    found = one(render, "Cluster")
    del found.spec["postgresql"]["parameters"]["max_connections"]
    one(render, "Deployment", "goldenthread-goals").spec["replicas"] = 9
    return found


@breaks(databases.roles_come_with_a_certificate)
def a_role_with_a_password(render: Render) -> object:
    found = one(render, "DatabaseRole")
    del found.spec["disablePassword"]
    return found


@breaks(databases.roles_come_with_a_certificate)
def a_role_that_may_not_log_in(render: Render) -> object:
    found = one(render, "DatabaseRole")
    del found.spec["login"]
    return found


@breaks(databases.servers_have_their_memory)
def a_database_that_is_ended_first(render: Render) -> object:
    found = one(render, "Cluster")
    found.spec["resources"]["requests"]["memory"] = "1Gi"
    return found


@breaks(databases.jobs_have_patience)
def a_job_that_tries_once(render: Render) -> object:
    found = one(render, "Job")
    found.spec["backoffLimit"] = 0
    return found


@breaks(databases.jobs_have_patience)
def a_migration_that_must_be_short(render: Render) -> object:
    found = one(render, "Job")
    found.spec["activeDeadlineSeconds"] = 60
    return found


@breaks(databases.databases_outlive_their_objects)
def a_database_that_goes_with_its_object(render: Render) -> object:
    found = one(render, "Database")
    found.spec["databaseReclaimPolicy"] = "delete"
    return found
