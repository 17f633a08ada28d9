"""Mistakes in where a process is reached."""

from __future__ import annotations

from tests.deploy.manifests import Render
from tests.deploy.planted.registry import breaks, container, one, tell
from tests.deploy.rules import ports


@breaks(ports.ports_are_the_settings)
def a_port_that_nobody_listens_on(render: Render) -> object:
    found = container(render, "gateway")
    found.body["ports"][0]["containerPort"] = 8000
    return found


@breaks(ports.ports_are_the_settings)
def listening_on_the_pod_alone(render: Render) -> object:
    found = container(render, "gateway")
    tell(found, "GOLDENTHREAD_HTTP_HOST", value="127.0.0.1")
    return found


@breaks(ports.probes_ask_the_internal_port)
def a_probe_of_the_public_port(render: Render) -> object:
    found = container(render, "goals")
    found.body["readinessProbe"]["httpGet"]["port"] = "http"
    return found


@breaks(ports.probes_ask_the_internal_port)
def alive_only_when_ready(render: Render) -> object:
    found = container(render, "goals")
    found.body["livenessProbe"]["httpGet"]["path"] = "/ready"
    return found


@breaks(ports.probes_wait_for_an_answer)
def a_probe_that_waits_for_a_second(render: Render) -> object:
    found = container(render, "goals")
    del found.body["readinessProbe"]["timeoutSeconds"]
    return found


@breaks(ports.probes_wait_for_an_answer)
def ended_in_a_busy_moment(render: Render) -> object:
    found = container(render, "alignment")
    found.body["livenessProbe"] |= {"periodSeconds": 5, "failureThreshold": 2}
    return found


@breaks(ports.services_lead_to_a_port)
def a_service_of_every_process(render: Render) -> object:
    found = one(render, "Service", "goldenthread-goals")
    del found.spec["selector"]["app.kubernetes.io/component"]
    return found


@breaks(ports.a_start_may_take_its_time)
def no_time_to_compile(render: Render) -> object:
    found = container(render, "alignment")
    found.body["startupProbe"]["failureThreshold"] = 30
    return found


@breaks(ports.services_lead_to_a_port)
def a_service_of_nobody(render: Render) -> object:
    found = one(render, "Service", "goldenthread-goals")
    found.spec["selector"]["app.kubernetes.io/component"] = "goal"
    return found


@breaks(ports.services_lead_to_a_port)
def a_service_at_another_port(render: Render) -> object:
    found = one(render, "Service", "goldenthread-goals")
    found.spec["ports"][0]["targetPort"] = 80
    return found


@breaks(ports.services_lead_to_a_port)
def a_service_that_shows_the_metrics(render: Render) -> object:
    found = one(render, "Service", "goldenthread-gateway")
    found.spec["ports"].append({"name": "metrics", "port": 9090, "targetPort": "internal"})
    return found


@breaks(ports.neighbours_are_where_settings_say)
def a_neighbour_at_another_port(render: Render) -> object:
    found = container(render, "alignment")
    tell(found, "GOLDENTHREAD_GOALS_URL", value="http://goldenthread-goals")
    return found


@breaks(ports.neighbours_are_where_settings_say)
def a_neighbour_mistaken_for_another(render: Render) -> object:
    found = container(render, "gateway")
    tell(found, "GOLDENTHREAD_ALIGNMENT_URL", value="http://goldenthread-goals:8080")
    return found


@breaks(ports.neighbours_are_where_settings_say)
def a_neighbour_that_is_not_there(render: Render) -> object:
    found = container(render, "gateway")
    tell(found, "GOLDENTHREAD_ALIGNMENT_URL", value="http://alignment:8080")
    return found


@breaks(ports.neighbours_are_where_settings_say)
def http_to_who_answers_https(render: Render) -> object:
    one(render, "Certificate", "goldenthread-goals-internal")
    found = container(render, "notifications")
    tell(found, "GOLDENTHREAD_GOALS_URL", value="http://goldenthread-goals:8080")
    return found


@breaks(ports.certificates_name_the_hosts_of_urls)
def a_neighbour_by_another_name(render: Render) -> object:
    one(render, "Certificate", "goldenthread-goals-internal").spec["dnsNames"] = ["goals"]
    return container(render, "alignment")


@breaks(ports.certificates_name_the_hosts_of_urls)
def a_caller_that_trusts_the_machine(render: Render) -> object:
    one(render, "Certificate", "goldenthread-goals-internal")
    found = container(render, "alignment")
    found.body["env"] = [each for each in found.body["env"] if each["name"] != "GOLDENTHREAD_HTTP_CA_FILE"]
    return found
