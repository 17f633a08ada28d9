"""For each rule, mistakes that it must notice: each is a small function, registered in `MISTAKES`."""

from tests.deploy.planted import images, labels, ports, processes, references, resources, restricted, rolling, secrets
from tests.deploy.planted.registry import MISTAKES

__all__ = [
    "MISTAKES",
    "images",
    "labels",
    "ports",
    "processes",
    "references",
    "resources",
    "restricted",
    "rolling",
    "secrets",
]
