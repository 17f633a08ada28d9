"""Every pod, and everything that runs before it or once, is *restricted* as the Pod Security Standards have it.

And more: it may not write to its own files, has no token of Kubernetes, and an account of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.deploy.manifests import Container, Object, Pod, Render, at
from tests.deploy.process_containers import our_containers, our_pods
from tests.deploy.rules.registry import containers, every, pods, rule

_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
_SECCOMP = ("RuntimeDefault", "Localhost")
_ENFORCE = "pod-security.kubernetes.io/enforce"
_HOST = ("hostNetwork", "hostPID", "hostIPC")
_TMP = "/tmp"


@rule(pods)
def pods_are_restricted(pod: Pod, _: Render) -> Iterator[str]:
    """Nothing of the host, only the volumes that the standard allows, not root, and the runtime's seccomp profile."""
    spec, context = pod.spec, at(pod.spec, "securityContext", default={})
    for name in _HOST:
        if spec.get(name):
            yield f"{name} is on: leave it out"
    for volume in spec.get("volumes") or []:
        if not set(volume) - {"name"} <= _VOLUMES:
            yield f"its volume {volume['name']} is of a kind that restricted pods may not have: use one of {_VOLUMES}"
    yield from _not_root(context)
    if context.get("runAsNonRoot") is not True or not context.get("runAsUser"):
        yield "its securityContext says neither runAsNonRoot: true nor a runAsUser that is not 0: it is to say both"
    if at(context, "seccompProfile", "type") not in _SECCOMP:
        yield "its securityContext has no seccompProfile of type RuntimeDefault"
    for name in ("sysctls", "windowsOptions", "seLinuxOptions"):
        if context.get(name):
            yield f"its securityContext has {name}: leave it out"


@rule(containers)
def containers_are_restricted(container: Container, _: Render) -> Iterator[str]:
    """No capabilities, no way to get more, nothing taken back of what the pod says."""
    context = at(container.body, "securityContext", default={})
    if context.get("allowPrivilegeEscalation") is not False:
        yield "its securityContext is to say allowPrivilegeEscalation: false"
    if context.get("privileged"):
        yield "it is privileged: leave that out"
    if at(context, "capabilities", "drop") != ["ALL"] or at(context, "capabilities", "add"):
        yield "its securityContext is to drop the capabilities [ALL], and to add none"
    if at(context, "seccompProfile", "type", default=_SECCOMP[0]) not in _SECCOMP or context.get("procMount"):
        yield "its securityContext takes back the seccompProfile or the procMount: leave them out"
    yield from _not_root(context)
    if any(port.get("hostPort") for port in container.body.get("ports") or []):
        yield "it takes a port of the host: leave hostPort out"


@rule(our_containers)
def nothing_is_written_to_the_image(container: Container, _: Render) -> Iterator[str]:
    if at(container.body, "securityContext", "readOnlyRootFilesystem") is not True:
        yield "its securityContext is to say readOnlyRootFilesystem: true"


@rule(containers)
def what_is_written_has_a_place(container: Container, _: Render) -> Iterator[str]:
    """Where the image is not written to, /tmp is an emptyDir; each that is mounted is of a limited size."""
    if at(container.body, "securityContext", "readOnlyRootFilesystem") is not True:
        return
    for mount in container.mounts:
        volume = container.pod.volume(mount["name"]) or {}
        if "emptyDir" in volume and not at(volume, "emptyDir", "sizeLimit"):
            yield f"the emptyDir {mount['name']} at {mount['mountPath']} has no sizeLimit: it could fill the node"
    mounted = [each["name"] for each in container.mounts if each["mountPath"] == _TMP and not each.get("readOnly")]
    on_tmp = container.pod.volume(mounted[0]) if mounted else None
    if on_tmp is None or "emptyDir" not in on_tmp:
        yield f"it has nothing to write to at {_TMP}: mount an emptyDir there"


@rule(pods)
def pods_have_no_token(pod: Pod, render: Render) -> Iterator[str]:
    """None of ours talks to Kubernetes; and Services must not become variables, which would look like settings."""
    if pod.spec.get("automountServiceAccountToken") is not False:
        yield "it is to say automountServiceAccountToken: false"
    if pod.spec.get("enableServiceLinks") is not False:
        yield "it is to say enableServiceLinks: false, or a Service would set GOLDENTHREAD_… variables"


@rule(our_pods)
def every_process_has_an_account(pod: Pod, render: Render) -> Iterator[str]:
    """One of its own, so that it can be told apart from the others, and given nothing that they have."""
    name = pod.spec.get("serviceAccountName")
    if name is None or render.find("ServiceAccount", name) is None:
        yield f"its serviceAccountName is {name!r}, which is not there: it is to have one of its own"
    others = [each for each in render.pods() if each.owner is not pod.owner and _account(each) == name]
    for other in others if name is not None else []:
        yield f"{other} has the same ServiceAccount {name}: each is to have one of its own"


@rule(every("ServiceAccount"))
def accounts_give_no_token(account: Object, _: Render) -> Iterator[str]:
    if account.body.get("automountServiceAccountToken") is not False:
        yield "it is to say automountServiceAccountToken: false"


@rule(every("Namespace"))
def namespaces_enforce_it(namespace: Object, _: Render) -> Iterator[str]:
    """Where an overlay makes the namespace, Kubernetes itself refuses pods that are not restricted."""
    if namespace.labels.get(_ENFORCE) != "restricted":
        yield f"its label {_ENFORCE} is to be restricted"


def _not_root(context: dict[str, Any]) -> Iterator[str]:
    if context.get("runAsUser") == 0 or context.get("runAsNonRoot") is False:
        yield "its securityContext lets it be root: leave that out"


def _account(pod: Pod) -> Any:
    return pod.spec.get("serviceAccountName")
