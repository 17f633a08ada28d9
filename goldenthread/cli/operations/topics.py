"""`goldenthread topics`: the topics on a Kafka that no operator of Kubernetes keeps."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from time import monotonic
from typing import Annotated, ClassVar

import typer
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.contracts import topics as contract
from goldenthread.contracts.topics import Topic
from goldenthread.launcher.errors import LaunchError
from goldenthread.launcher.topic_creation import ensure_topics
from goldenthread.runtime.configuration import settings
from goldenthread.runtime.configuration.certificates import CertificateProblem
from goldenthread.runtime.configuration.settings import BadSettings, ProcessSettings
from goldenthread.runtime.kafka import clients as kafka
from goldenthread.runtime.process.process_tokens import process_tokens
from goldenthread.runtime.tokens.token_sources import TokenSource

_CLIENT = "goldenthread-topics"
_PAUSE = 2.0
"""Seconds between two attempts to reach the brokers."""

log = logging.getLogger("goldenthread.topics")


class KafkaSettings(ProcessSettings, frozen=True, kw_only=True):
    """A process's settings, of which only those of Kafka are used."""

    calls_others: ClassVar[bool] = False
    verifies_tokens: ClassVar[bool] = False


def topics(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be created, and create nothing.")] = False,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long to try while no broker answers.")
    ] = 60.0,
    json: Annotated[bool, typer.Option("--json", help="Print what was created as JSON.")] = False,
) -> None:
    """Create the topics that are missing on a Kafka.

    The Kafka is that of the environment, GOLDENTHREAD_KAFKA and the other settings of a process that begin so. What is
    there already is left as it is. Ends with 1 when a topic has other partitions, or takes smaller records, than the
    processes need, or when no broker answers; and with 2 when settings are wrong or missing.
    """
    logging.basicConfig(format="goldenthread: %(message)s", stream=sys.stderr, force=True)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what it would say is in our messages
    try:
        found = settings.load(KafkaSettings)
    except BadSettings as error:
        output.stderr().print(Text(output.printable(f"goldenthread: {error}")), soft_wrap=True)
        raise typer.Exit(2) from None
    created = asyncio.run(_until_reached(found, dry_run, wait))
    if json:
        _as_json(created, dry_run)
    else:
        _show(created, dry_run)


async def _until_reached(found: KafkaSettings, dry_run: bool, wait: float) -> list[Topic]:
    until = monotonic() + wait
    async with process_tokens(found) as own:
        while True:
            try:
                return await _ensured(found, own.kafka, dry_run)
            except LaunchError as error:
                if error.__cause__ is None or monotonic() + _PAUSE > until:  # it answered, and said no
                    raise
                log.warning("%s; trying again", error)
            await asyncio.sleep(_PAUSE)


async def _ensured(found: KafkaSettings, own: TokenSource | None, dry_run: bool) -> list[Topic]:
    try:
        options = kafka.connection_options(found, _CLIENT, own)
    except CertificateProblem as error:
        raise LaunchError(str(error)) from error
    return await ensure_topics(options, contract.topics(found.partitions), dry_run=dry_run)


def _as_json(created: Sequence[Topic], dry_run: bool) -> None:
    made = [{"name": topic.name, "partitions": topic.partitions, "settings": topic.settings} for topic in created]
    output.print_json({"created": made, "dryRun": dry_run}, one_line=not output.is_terminal())


def _show(created: Sequence[Topic], dry_run: bool) -> None:
    console = output.stdout()
    for topic in created:
        settings_of = ", ".join(f"{name}={value}" for name, value in topic.settings.items())
        done = "would be created" if dry_run else "created"
        console.print(Text(f"{topic.name}: {done}, partitions={topic.partitions}, {settings_of}"))
    if not created and output.is_terminal():
        console.print(Text("all topics are there"))
