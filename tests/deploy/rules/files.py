"""Files that a process is told of are there, may be read by it alone, and follow when they change."""

from __future__ import annotations

import re
from collections.abc import Iterator

from goldenthread.runtime.configuration.settings import FILE
from tests.deploy.manifests import Container, Pod, Render, at
from tests.deploy.process_containers import our_containers, our_pods, variables
from tests.deploy.rules.registry import containers, rule

_PATH_IN_URL = re.compile(r"ssl\w+=(/[^&]+)")


@rule(our_containers)
def files_are_mounted(container: Container, render: Render) -> Iterator[str]:
    """The path in every variable `…_FILE`, and in a database's address, is in a volume that has such a file."""
    for name, each in variables(container, render).items():
        for path in [each.text] if name.endswith(FILE) else _PATH_IN_URL.findall(each.text):
            if not _mounted(container, path):
                yield f"{name} names {path}, which no volume has: mount it there"


@rule(our_pods)
def secret_files_are_for_the_process_alone(pod: Pod, _: Render) -> Iterator[str]:
    """Its group may read them, which the process is in, and nobody else; it has no other keys of that Secret."""
    for volume in pod.spec.get("volumes") or []:
        part = volume.get("secret") or volume.get("projected")
        if part is None:
            continue
        mode = part.get("defaultMode", 0o644)
        if mode & 0o037 or not mode & 0o040 or not at(pod.spec, "securityContext", "fsGroup"):
            yield f"the files of {volume['name']} have the mode {mode:04o}: 0440, with an fsGroup of the pod"
        for source in part.get("sources") or [volume]:
            if "secret" in source and not source["secret"].get("items"):
                yield f"all keys of a Secret are in {volume['name']}: name those that are read, in items"


@rule(containers)
def mounted_files_follow_changes(container: Container, _: Render) -> Iterator[str]:
    """Kubernetes never renews what is mounted by subPath; what is secret is mounted to be read only."""
    for mount in container.mounts:
        volume = container.pod.volume(mount["name"]) or {}
        if not {"secret", "projected", "configMap"} & set(volume):
            continue
        if "subPath" in mount or "subPathExpr" in mount:
            yield f"{mount['mountPath']} is mounted by subPath, which never changes: mount the folder"
        if mount.get("readOnly") is not True:
            yield f"{mount['mountPath']} is to be mounted with readOnly: true"


def _mounted(container: Container, path: str) -> bool:
    for mount in container.mounts:
        folder = mount["mountPath"].rstrip("/") + "/"
        volume = container.pod.volume(mount["name"])
        if volume is None or not path.startswith(folder):
            continue
        parts = [volume.get("secret"), volume.get("configMap")]
        for source in at(volume, "projected", "sources", default=[]):
            parts += [source.get("secret"), source.get("configMap")]
        items = [part.get("items") for part in parts if part is not None]
        files = [each["path"] for some in items for each in some or []]
        return "csi" in volume or (items != [] and not all(items)) or path.removeprefix(folder) in files
    return False
