"""What holds of everything that is rendered: one small function a rule, each registered in `RULES`."""

from tests.deploy.rules import (
    collectors,
    databases,
    images,
    kafka,
    labels,
    metrics,
    network,
    outside,
    ports,
    processes,
    references,
    resources,
    restricted,
    rolling,
    scaling,
    secrets,
    sharing,
)
from tests.deploy.rules.registry import RULES

__all__ = [
    "RULES",
    "collectors",
    "databases",
    "images",
    "kafka",
    "labels",
    "metrics",
    "network",
    "outside",
    "ports",
    "processes",
    "references",
    "resources",
    "restricted",
    "rolling",
    "scaling",
    "secrets",
    "sharing",
]
