"""For each rule, mistakes that it must notice: each is a small function, registered in `MISTAKES`."""

from tests.deploy.planted import (
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
from tests.deploy.planted.registry import MISTAKES

__all__ = [
    "MISTAKES",
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
