"""What holds of everything that is rendered: one small function a rule, each registered in `RULES`."""

from tests.deploy.rules import images, labels, ports, processes, references, resources, restricted, rolling, secrets
from tests.deploy.rules.registry import RULES

__all__ = [
    "RULES",
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
