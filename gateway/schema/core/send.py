"""From a mutation's input to what became of its command."""

from __future__ import annotations

from typing import Any

from gateway.request import command_execution
from gateway.request.command_outcome import CommandOutcome
from gateway.request.context import Info
from gateway.request.import_dry_runs import DryRunKey
from gateway.schema.core.command_mapping import command
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.commands.base import Command


async def send(info: Info, kind: type[Command], input: Any) -> CommandOutcome:
    """Have goals decide it."""
    return await command_execution.execute(info.context, command(kind, input), input.idempotency_key)


async def send_import(info: Info, input: Any) -> CommandOutcome:
    """Have goals decide an import. A dry run under a key is computed once for all its pages."""
    context, key, plan = info.context, input.idempotency_key, command(ImportPlan, input)
    if key is None or not plan.dry_run:
        return await command_execution.execute(context, plan, key)
    asked = DryRunKey.of(context.caller, context.view.id, plan, key)
    done = context.import_dry_runs.get(asked)
    if done is None:
        done = await command_execution.execute(context, plan, key)
        context.import_dry_runs.keep(asked, done)
    return done


async def send_alert(info: Info, kind: type[Command], input: Any) -> CommandOutcome:
    """Have notifications decide it."""
    return await command_execution.execute_alert_command(info.context, command(kind, input), input.idempotency_key)
