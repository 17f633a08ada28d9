"""`goldenthread doctor --deployment`: examine, show, and end in time even when something hangs."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

import typer
from rich.text import Text

from goldenthread.cli.common import output
from goldenthread.cli.doctor.deployment import report_output
from goldenthread.cli.doctor.deployment.examination import CheckProgress, ProcessReport, examine_processes
from goldenthread.contracts.secret import Secret
from goldenthread.launcher.topology import PROCESSES, Process

_BAD_SETTINGS = 2
PROCESS_NAMES = tuple(process.name for process in PROCESSES)


def check_deployment(names: Sequence[str], *, json: bool, token: Secret | None = None) -> NoReturn:
    """Examine the processes of these names, in this environment, and what they make of `token`. Exits with 1 for a
    problem, 2 for wrong settings.
    """
    processes = _processes(names)
    logging.disable(logging.CRITICAL)  # what libraries would say is in the findings
    runner = asyncio.Runner()
    reports = runner.run(_watched(processes, token))
    output.clear_progress()
    if json:
        output.print_json(report_output.reports_as_json(reports), one_line=not output.is_terminal())
    elif output.is_terminal():
        report_output.print_table(reports, output.stdout())
    else:
        report_output.print_lines(reports, output.stdout())
    _end(runner, _code(reports))


def _processes(names: Sequence[str]) -> list[Process]:
    unknown = [name for name in names if name not in PROCESS_NAMES]
    if unknown or not names:
        said = f"there is no process {', '.join(unknown)}" if unknown else "name the process whose environment this is"
        output.stderr().print(
            Text(output.printable(f"goldenthread: {said}: {', '.join(PROCESS_NAMES)}")), soft_wrap=True
        )
        raise typer.Exit(_BAD_SETTINGS)
    return [each for each in PROCESSES if each.name in names]


def _code(reports: Sequence[ProcessReport]) -> int:
    if not all(each.settings_fit for each in reports):
        return _BAD_SETTINGS
    return 1 if any(each.problems for each in reports) else 0


async def _watched(processes: Sequence[Process], token: Secret | None) -> list[ProcessReport]:
    """The reports; meanwhile a person is told what is waited for."""
    progress = CheckProgress(_age())
    waiting_line = asyncio.create_task(_show_waiting(progress))
    try:
        return await examine_processes(processes, progress=progress, token=token)
    finally:
        waiting_line.cancel()


async def _show_waiting(progress: CheckProgress) -> None:
    while True:
        output.show_progress(
            f"{progress.seconds:.0f} s, waiting for {', '.join(sorted(progress.waiting)) or 'settings'}"
        )
        await asyncio.sleep(0.2)


def _age() -> float:
    """Seconds since this process was started, which on a busy machine was a while ago; 0 where nobody tells."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0


def _end(runner: asyncio.Runner, code: int) -> NoReturn:
    """Exit now. A name server that does not answer keeps a thread for half a minute, which Python would wait for."""
    closing = threading.Thread(target=_close, args=(runner,), daemon=True)
    closing.start()
    closing.join(0.5)
    if not closing.is_alive():
        raise typer.Exit(code)
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _close(runner: asyncio.Runner) -> None:
    with suppress(Exception):
        runner.close()
