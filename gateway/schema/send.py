"""From a mutation's input to what became of its command."""

from __future__ import annotations

from typing import Any

from gateway import commanding
from gateway.commanding import Done
from gateway.context import Info
from gateway.schema.translate import command
from goldenthread.contracts.command import Command


async def send(info: Info, kind: type[Command], input: Any) -> Done:
    """Have goals decide it."""
    return await commanding.command(info.context, command(kind, input), input.idempotency_key)


async def send_alert(info: Info, kind: type[Command], input: Any) -> Done:
    """Have notifications decide it."""
    return await commanding.alert_command(info.context, command(kind, input), input.idempotency_key)
