"""Mistakes with secrets."""

from __future__ import annotations

from tests.deploy.manifests import Object, Render
from tests.deploy.planted.registry import breaks, container, one, only_overlays, pod, tell
from tests.deploy.rules import secrets


@breaks(secrets.secrets_are_not_made)
def a_secret_to_be_replaced(render: Render) -> object:
    made = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "made"}, "stringData": {"password": "change-me"}}
    render.objects.append(Object(made))
    return render.objects[-1]


@breaks(secrets.no_secret_is_in_plain_text)
def a_url_with_a_password(render: Render) -> object:
    found = container(render, "goals")
    tell(found, "GOLDENTHREAD_DATABASE_URL", value="postgresql://goals:hunter2@postgres/goals")
    return found.pod.owner


@breaks(secrets.no_secret_is_in_plain_text)
def a_token(render: Render) -> object:
    found = one(render, "ConfigMap")
    found.body["data"]["GOLDENTHREAD_NOTE"] = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln"
    return found


@breaks(secrets.configuration_has_no_secrets)
def a_password_for_all(render: Render) -> object:
    found = one(render, "ConfigMap")
    found.body["data"]["GOLDENTHREAD_KAFKA_SASL_PASSWORD"] = "hunter2"
    return found


@breaks(secrets.variables_have_no_secrets)
def a_secret_written_down(render: Render) -> object:
    found = container(render, "goals")
    tell(found, "GOLDENTHREAD_SERVICE_TOKEN", value="something")
    return found


@breaks(secrets.secrets_are_documented)
def a_secret_that_nobody_told_of(render: Render) -> object:
    only_overlays(render)
    found = container(render, "goals")
    tell(found, "GOLDENTHREAD_SERVICE_TOKEN", valueFrom={"secretKeyRef": {"name": "tokens", "key": "goals"}})
    return found.pod


@breaks(secrets.secrets_are_documented)
def a_key_that_nobody_told_of(render: Render) -> object:
    only_overlays(render)
    found = pod(render, "goals")
    for volume in found.spec["volumes"]:
        if "secret" in volume:
            volume["secret"]["items"] = [{"key": "something-else", "path": "client-secret"}]
    return found


@breaks(secrets.secrets_of_operators_are_documented)
def a_certificate_that_nobody_told_of(render: Render) -> object:
    found = one(render, "Gateway")
    found.spec["listeners"][0]["tls"]["certificateRefs"][0]["name"] = "nobodys-certificate"
    return found


@breaks(secrets.keys_that_may_be_missing_are_optional)
def a_password_that_everybody_needs(render: Render) -> object:
    found = container(render, "goals")
    secret = {"name": "goldenthread-goals", "key": "kafka-password"}
    tell(found, "GOLDENTHREAD_KAFKA_SASL_PASSWORD", valueFrom={"secretKeyRef": secret})
    return found


@breaks(secrets.keys_that_may_be_missing_are_optional)
def a_database_that_may_be_missing(render: Render) -> object:
    found = container(render, "goals")
    secret = {"name": "goldenthread-goals", "key": "database-url", "optional": True}
    tell(found, "GOLDENTHREAD_DATABASE_URL", valueFrom={"secretKeyRef": secret})
    return found
