"""The volumes of a container with Secrets in them, as files of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.deploy.manifests import Container, at

Secrets = Mapping[str, Mapping[str, str]]
"""What is in each key of each Secret, by their names."""


def mounted(container: Container, secrets: Secrets, folder: Path) -> dict[str, str]:
    """Writes the files of the container's volumes below `folder`; where it finds each of its mounts there.

    Fails where a volume names a Secret or a key that nobody made.
    """
    found = {}
    for mount in container.mounts:
        volume = container.pod.volume(mount["name"]) or {}
        parts = [volume["secret"]] if "secret" in volume else [each["secret"] for each in _sources(volume)]
        for part in parts:
            place = folder / mount["name"]
            place.mkdir(parents=True, exist_ok=True)
            name = part.get("secretName") or part["name"]
            for item in part["items"]:
                assert item["key"] in secrets.get(name, {}), f"{container} needs {item['key']} of the Secret {name}"
                file = place / item["path"]
                file.write_text(secrets[name][item["key"]])
                file.chmod(0o440)
            found[mount["mountPath"]] = str(place)
    return found


def _sources(volume: Mapping[str, Any]) -> list[Any]:
    return list(at(volume, "projected", "sources", default=[]))
