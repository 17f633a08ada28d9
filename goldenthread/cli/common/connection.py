"""Which instance a command talks to: the one named by URL and token, else the one that runs on the data dir."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from goldenthread.cli.common import secret_options
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import GraphQLClient
from goldenthread.cli.instance import local_organization
from goldenthread.contracts.secret import Secret
from goldenthread.launcher import instance_file
from goldenthread.launcher.instance_file import DATA_DIR, Instance

DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="GOLDENTHREAD_DATA_DIR", help="Where the instance keeps its data.")
]
Url = Annotated[
    str | None, typer.Option("--url", envvar="GOLDENTHREAD_URL", help="GraphQL URL, instead of the data dir's.")
]
Token = Annotated[
    Secret | None,
    typer.Option(
        "--token",
        envvar="GOLDENTHREAD_TOKEN",
        parser=Secret,
        metavar="@FILE",
        callback=secret_options.read_token,
        help="File with a bearer token, which is used instead of the administrator's.",
    ),
]
ActIn = Annotated[
    str | None,
    typer.Option(
        "--organization",
        envvar="GOLDENTHREAD_ORGANIZATION",
        metavar="ID",
        help="The organization to act in, where the token is for several.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the data of the GraphQL answer as JSON.")]
DEFAULT_DATA_DIR = DATA_DIR


def running_instance(data_dir: Path, within: float = 30.0, pause: float = 0.1) -> Instance:
    """The instance that runs on `data_dir`; one that is starting is waited for: so many seconds, with a `pause` between
    two looks. Raises CommandError without one.
    """
    deadline = time.monotonic() + within
    found = instance_file.find(data_dir)
    while found is None and instance_file.is_claimed(data_dir) and time.monotonic() < deadline:
        time.sleep(pause)
        found = instance_file.find(data_dir)
    if found is None and instance_file.is_claimed(data_dir):
        raise CommandError(f"what starts on {data_dir} is not ready yet; try again, or see its logs")
    if found is None:
        raise CommandError(
            f"nothing runs on {data_dir}: start it with `goldenthread up --data-dir {data_dir}`, "
            "or name another instance with --url and --token"
        )
    return found


def connect(
    data_dir: Path, url: str | None, token: Secret | None, organization: str | None = None, *, timeout: float = 60.0
) -> GraphQLClient:
    """A connection to `url` with `token`, in `organization`; what is missing comes from the instance of `data_dir`, and
    the organization from the token.
    """
    if url is not None and "@" in url.partition("://")[2].partition("/")[0]:
        raise CommandError("a user name or password in the URL says nothing here, and is seen; a token says who asks")
    if url is not None and token is None:
        raise CommandError(f"{url} needs a token: set GOLDENTHREAD_TOKEN, or give --token @FILE")
    if url is not None and token is not None:
        return GraphQLClient(url, token, timeout, organization)
    instance = running_instance(data_dir)
    told = token or local_organization.admin_token(data_dir, instance)
    return GraphQLClient(instance.graphql, told, timeout, organization)
