"""Mistakes that Pod Security, or what is ours on top of it, does not allow."""

from __future__ import annotations

from tests.deploy.manifests import Render
from tests.deploy.planted.registry import breaks, container, first_container, one, pod
from tests.deploy.rules import restricted


@breaks(restricted.pods_are_restricted)
def the_network_of_the_host(render: Render) -> object:
    found = pod(render, "goals")
    found.spec["hostNetwork"] = True
    return found


@breaks(restricted.pods_are_restricted)
def a_folder_of_the_host(render: Render) -> object:
    found = pod(render, "goals")
    found.spec["volumes"].append({"name": "host", "hostPath": {"path": "/var/run"}})
    return found


@breaks(restricted.pods_are_restricted)
def perhaps_root(render: Render) -> object:
    found = pod(render, "goals")
    del found.spec["securityContext"]["runAsNonRoot"]
    return found


@breaks(restricted.pods_are_restricted)
def no_seccomp(render: Render) -> object:
    found = pod(render, "gateway")
    found.spec["securityContext"]["seccompProfile"] = {"type": "Unconfined"}
    return found


@breaks(restricted.containers_are_restricted)
def capabilities(render: Render) -> object:
    found = container(render, "gateway")
    found.body["securityContext"]["capabilities"]["add"] = ["NET_BIND_SERVICE"]
    return found


@breaks(restricted.containers_are_restricted)
def an_init_container_without_any(render: Render) -> object:
    found = first_container(render)
    del found.body["securityContext"]
    return found


@breaks(restricted.containers_are_restricted)
def root_in_one_container(render: Render) -> object:
    found = container(render, "alignment")
    found.body["securityContext"]["runAsUser"] = 0
    return found


@breaks(restricted.nothing_is_written_to_the_image)
def a_root_that_is_written_to(render: Render) -> object:
    found = container(render, "alignment")
    found.body["securityContext"]["readOnlyRootFilesystem"] = False
    return found


@breaks(restricted.what_is_written_has_a_place)
def nowhere_to_write(render: Render) -> object:
    found = container(render, "alignment")
    found.body["volumeMounts"] = [each for each in found.mounts if each["mountPath"] != "/tmp"]
    return found


@breaks(restricted.what_is_written_has_a_place)
def a_disk_without_an_end(render: Render) -> object:
    found = container(render, "goals")
    for volume in found.pod.spec["volumes"]:
        if "emptyDir" in volume:
            volume["emptyDir"] = {}
    return found


@breaks(restricted.pods_have_no_token)
def a_token_of_kubernetes(render: Render) -> object:
    found = pod(render, "goals")
    found.spec["automountServiceAccountToken"] = True
    return found


@breaks(restricted.pods_have_no_token)
def services_as_variables(render: Render) -> object:
    found = pod(render, "goals")
    del found.spec["enableServiceLinks"]
    return found


@breaks(restricted.every_process_has_an_account)
def the_account_of_another_process(render: Render) -> object:
    found = pod(render, "goals")
    found.spec["serviceAccountName"] = "goldenthread-gateway"
    return found


@breaks(restricted.every_process_has_an_account)
def an_account_that_is_not_there(render: Render) -> object:
    render.objects.remove(one(render, "ServiceAccount", "goldenthread-goals"))
    return pod(render, "goals")


@breaks(restricted.accounts_give_no_token)
def an_account_with_a_token(render: Render) -> object:
    found = one(render, "ServiceAccount", "goldenthread-goals")
    del found.body["automountServiceAccountToken"]
    return found


@breaks(restricted.namespaces_enforce_it)
def a_namespace_for_everything(render: Render) -> object:
    found = one(render, "Namespace")
    found.body["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = "baseline"
    return found
