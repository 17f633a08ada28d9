"""What is still to come of `deploy/k8s`: rules may be here before what they are for. Goes when it is all there."""

from __future__ import annotations

from tests.deploy.kustomize import folders

_COMPONENTS = {
    "autoscaling",
    "cert-manager",
    "gateway-api",
    "kafka-strimzi",
    "large-organizations",
    "migrations",
    "monitoring",
    "network-policies",
    "opentelemetry",
    "postgres-cnpg",
}
COMPLETE = set(folders("components")) >= _COMPONENTS and folders("overlays") == ["local", "production"]
SETTINGS = (
    "GOLDENTHREAD_MIGRATE",
    "GOLDENTHREAD_KAFKA_CERTIFICATE_FILE",
    "GOLDENTHREAD_KAFKA_KEY_FILE",
    "GOLDENTHREAD_SERVICE_CLIENT_ID",
    "GOLDENTHREAD_SERVICE_CLIENT_SECRET_FILE",
)
