"""The span of a command: from its decision to its commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from goldenthread.contracts.commands.base import Command
from goldenthread.contracts.errors import Refused
from goldenthread.runtime.observability import tracing


@contextmanager
def command_span(command: Command, organization: str) -> Iterator[None]:
    """A span around the decision and the commit of `command`. A refused command does not set the span's status to
    error.
    """
    kind = str(type(command).__struct_config__.tag)
    refused: Refused | None = None
    attributes = {tracing.ORGANIZATION: organization, "goldenthread.command.type": kind}
    with tracing.span(f"command {kind}", attributes=attributes) as span:
        try:
            yield
        except Refused as error:
            refused = error
            if span.is_recording():
                span.set_attribute("error.type", error.problems[0].code.value)
    if refused is not None:
        raise refused
