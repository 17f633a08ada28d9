"""`goldenthread up`: everything on one machine, in the foreground."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
import uvloop
from rich.text import Text

from goldenthread.cli.common import output, secret_options
from goldenthread.cli.common.connection import DEFAULT_DATA_DIR, DataDir
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.instance import local_organization
from goldenthread.contracts.secret import Secret
from goldenthread.launcher import gateway_address
from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.instance_file import Instance
from goldenthread.launcher.machine import Machine, Options
from goldenthread.launcher.ports import HOST
from goldenthread.launcher.supervisor import (
    ComponentEnded,
    ComponentReady,
    ComponentUnresponsive,
    RestartFailed,
    SupervisorEvent,
)
from goldenthread.runtime.observability.otel_environment import trace_export

Body = Callable[[Instance], Awaitable[None]]


def up(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    host: Annotated[
        str,
        typer.Option(
            envvar="GOLDENTHREAD_HTTP_HOST",
            help="Address the gateway listens on; 0.0.0.0 for other machines to reach it.",
        ),
    ] = HOST,
    http_port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port of the gateway; by default the port of the last start, or 8080."),
    ] = None,
    postgres: Annotated[
        Secret | None,
        typer.Option(
            envvar="GOLDENTHREAD_POSTGRES",
            parser=Secret,
            metavar="URL|@FILE",
            callback=secret_options.read_postgres_url,
            help="URL of a PostgreSQL to use, not the embedded one; a file with it, where it holds a password.",
        ),
    ] = None,
    kafka: Annotated[str | None, typer.Option(help="HOST:PORT of a Kafka to use, not the embedded broker.")] = None,
    partitions: Annotated[
        int | None,
        typer.Option(
            envvar="GOLDENTHREAD_PARTITIONS",
            min=1,
            max=1000,
            help="Partitions of each stream, chosen once, when an instance is made: 12 on a Kafka of your own, else 3.",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print exactly one line of JSON, once ready.")] = False,
) -> None:
    """Run everything in the foreground until Ctrl-C."""
    output.note(f"starting in {data_dir} …")

    async def ready(instance: Instance) -> None:
        said = await asyncio.to_thread(describe, data_dir, instance)
        if json:
            output.print_json(said, one_line=True)
        else:
            _greet(said, data_dir, host)

    options = Options(
        data_dir=data_dir, postgres=postgres, kafka=kafka, host=host, gateway_port=http_port, partitions=partitions
    )
    run(options, ready, stay=True)


def describe(data_dir: Path, instance: Instance, name: str = local_organization.DEFAULT_NAME) -> dict[str, Any]:
    """What a client needs to know of an instance; its organization is made when it does not exist yet."""
    known = local_organization.ensure_organization(data_dir, instance, name)
    return {
        "graphql": instance.graphql,
        "websocket": instance.graphql.replace("http", "ws", 1),
        "token": _admin_token(data_dir, instance),
        "organization": known.id,
        "pids": instance.pids,
    }


def _admin_token(data_dir: Path, instance: Instance) -> str | None:
    """None where the administrator signs in somewhere else: that is no reason not to run."""
    try:
        return local_organization.admin_token(data_dir, instance).reveal()
    except CommandError as error:
        output.note(str(error))
        return None


def run(options: Options, body: Body, *, stay: bool) -> None:
    """Start an instance, run `body` with it and, with `stay`, wait for Ctrl-C or SIGTERM; then stop all of it.

    A signal is heard from the first moment to the last, so that nothing is left behind, however early it comes.
    """
    for problem in trace_export(os.environ).problems:  # the processes say it in their logs alone
        output.stderr().print(Text(problem))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(options, body, stay))


async def _run(options: Options, body: Body, stay: bool) -> None:
    asked = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, asked.set)
    machine = Machine(options, _tell)
    try:
        if await _unless(asked, machine.start()) and await _unless(asked, body(machine.instance)) and stay:
            await asked.wait()
    finally:
        await machine.stop()


async def _unless(asked: asyncio.Event, work: Awaitable[Any]) -> bool:
    """Do `work`, or give it up when asked to stop; says whether it was done."""
    doing, waiting = asyncio.ensure_future(work), asyncio.ensure_future(asked.wait())
    await asyncio.wait({doing, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if not doing.done():
        doing.cancel()
        await asyncio.wait({doing})
        return False
    await doing
    return True


def _tell(event: SupervisorEvent) -> None:
    """What happened to a process; its first start is nothing to talk about."""
    match event:
        case ComponentEnded(name, code, again_in):
            message = f"{name} ended with code {code}; starting it again in {again_in:.1f} s"
        case ComponentUnresponsive(name, why):
            message = f"{name} does not answer and is killed: {why}"
        case RestartFailed(name, why, again_in):
            message = f"{name} could not be started again: {why}; next try in {again_in:.1f} s"
        case ComponentReady(name, restarts) if restarts:
            message = f"{name} is back"
        case _:
            return
    output.stderr().print(Text(message))


def _greet(said: dict[str, Any], data_dir: Path, host: str) -> None:
    console = output.stdout()
    console.print(Text.assemble("Golden Thread is up. ", ("GraphQL and GraphiQL: ", "dim"), (said["graphql"], "bold")))
    if said["token"] is not None:
        console.print(Text(f"token: {said['token']}"), soft_wrap=True)
    if gateway_address.is_every(host):
        port = urlsplit(said["graphql"]).port
        away = f"Other machines reach it at port {port} of this one, and the connection is not encrypted."
        console.print(Text(away, style="yellow"))
    if output.is_terminal():
        console.print(Text(f"Other terminal: goldenthread tree --data-dir {data_dir}. Ctrl-C stops.", style="dim"))


__all__ = ["LaunchError", "describe", "run", "up"]
