"""Mistakes with files."""

from __future__ import annotations

from tests.deploy.manifests import Render
from tests.deploy.planted.registry import breaks, container, one, pod, tell
from tests.deploy.rules import files


@breaks(files.files_are_mounted)
def a_file_that_is_somewhere_else(render: Render) -> object:
    found = container(render, "goals")
    tell(found, "GOLDENTHREAD_SERVICE_CLIENT_SECRET_FILE", value="/run/secrets/client-secret")
    return found


@breaks(files.files_are_mounted)
def a_file_of_another_name(render: Render) -> object:
    found = container(render, "goals")
    tell(found, "GOLDENTHREAD_SERVICE_CLIENT_SECRET_FILE", value="/etc/goldenthread/credentials/clientsecret")
    return found


@breaks(files.files_are_mounted)
def an_empty_folder_in_the_place_of_a_secret(render: Render) -> object:
    found = container(render, "goals")
    for volume in found.pod.spec["volumes"]:
        volume.pop("secret", None)
    return found


@breaks(files.files_are_mounted)
def a_certificate_that_is_somewhere_else(render: Render) -> object:
    one(render, "Cluster")
    found = container(render, "goals")
    url = "postgresql://goals@goldenthread-postgres-rw:5432/goals?sslmode=verify-full&sslrootcert=/etc/ssl/ca.crt"
    tell(found, "GOLDENTHREAD_DATABASE_URL", value=url)
    return found


@breaks(files.secret_files_are_for_the_process_alone)
def files_for_everybody(render: Render) -> object:
    found = pod(render, "goals")
    next(each["secret"] for each in found.spec["volumes"] if "secret" in each).pop("defaultMode")
    return found


@breaks(files.secret_files_are_for_the_process_alone)
def files_for_root_alone(render: Render) -> object:
    found = pod(render, "goals")
    del found.spec["securityContext"]["fsGroup"]
    return found


@breaks(files.mounted_files_follow_changes)
def a_file_that_never_changes(render: Render) -> object:
    found = container(render, "goals")
    for mount in found.mounts:
        mount["subPath"] = "client-secret"
    return found


@breaks(files.secret_files_are_for_the_process_alone)
def every_key_of_a_secret(render: Render) -> object:
    found = pod(render, "goals")
    next(each["secret"] for each in found.spec["volumes"] if "secret" in each).pop("items")
    return found
