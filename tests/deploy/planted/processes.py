"""Mistakes in what is deployed of topology, and in what it is told."""

from __future__ import annotations

from tests.deploy.manifests import COMPONENT, Render
from tests.deploy.planted.registry import breaks, container, first_container, one, only_overlays, tell
from tests.deploy.rules import processes


@breaks(processes.every_process_is_deployed)
def no_gateway(render: Render) -> object:
    render.objects.remove(one(render, "Deployment", "goldenthread-gateway"))
    return "gateway"


@breaks(processes.a_deployment_runs_one_process)
def a_module_that_was_moved(render: Render) -> object:
    container(render, "goals").body["command"] = ["python", "-m", "goldenthread.goals"]
    return one(render, "Deployment", "goldenthread-goals")


@breaks(processes.a_deployment_runs_one_process)
def arguments(render: Render) -> object:
    container(render, "goals").body["args"] = ["--port", "8080"]
    return one(render, "Deployment", "goldenthread-goals")


@breaks(processes.a_deployment_runs_one_process)
def a_label_of_another_process(render: Render) -> object:
    found = one(render, "Deployment", "goldenthread-goals")
    found.body["metadata"]["labels"][COMPONENT] = "alignment"
    return found


@breaks(processes.variables_are_settings)
def a_misspelt_variable(render: Render) -> object:
    found = container(render, "alignment")
    tell(found, "GOLDENTHREAD_HELD_WEIGTH", value="1000")
    return found


@breaks(processes.variables_are_settings)
def a_setting_of_another_process_for_all(render: Render) -> object:
    name = container(render, "goals").body["envFrom"][0]["configMapRef"]["name"]
    one(render, "ConfigMap", name).body["data"]["GOLDENTHREAD_GOALS_URL"] = "http://goldenthread-goals:8080"
    return container(render, "goals")


@breaks(processes.no_variable_is_given_twice)
def a_variable_twice(render: Render) -> object:
    found = container(render, "alignment")
    found.body["env"].append(dict(found.body["env"][0]))
    return found


@breaks(processes.settings_can_be_loaded)
def a_value_that_does_not_fit(render: Render) -> object:
    found = container(render, "notifications")
    tell(found, "GOLDENTHREAD_HELD", value="many")
    return found


@breaks(processes.settings_can_be_loaded)
def no_kafka(render: Render) -> object:
    only_overlays(render)
    found = container(render, "gateway")
    tell(found, "GOLDENTHREAD_KAFKA", value="")
    return found


@breaks(processes.a_process_says_who_it_is)
def a_client_id_of_another_process(render: Render) -> object:
    found = container(render, "alignment")
    tell(found, "GOLDENTHREAD_SERVICE_CLIENT_ID", value="goldenthread-goals")
    return found


@breaks(processes.migrations_are_of_the_pods_process)
def migrations_of_another_process(render: Render) -> object:
    found = first_container(render)
    found.body["command"] = ["goldenthread", "migrate", "gateway"]
    return found


@breaks(processes.migrations_are_of_the_pods_process)
def the_database_of_another_process(render: Render) -> object:
    found = first_container(render)
    secret = {"name": "goldenthread-somebody", "key": "database-url"}
    tell(found, "GOLDENTHREAD_DATABASE_URL", valueFrom={"secretKeyRef": secret})
    return found


@breaks(processes.processes_do_not_migrate)
def migrations_by_every_replica(render: Render) -> object:
    found = container(render, "goals")
    tell(found, "GOLDENTHREAD_MIGRATE", value="on")
    return found


@breaks(processes.commands_are_ours)
def a_shell(render: Render) -> object:
    found = first_container(render)
    found.body["command"] = ["sh", "-c", "goldenthread migrate goals"]
    return found
