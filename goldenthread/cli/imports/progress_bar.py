"""How far an import is, as a bar on stderr for a person who waits; nothing for anybody else."""

from __future__ import annotations

import sys
import threading
from types import TracebackType
from typing import Self

from rich import progress

from goldenthread.cli.common import output
from goldenthread.cli.common.errors import CommandError
from goldenthread.cli.common.graphql_client import Data, GraphQLClient
from goldenthread.cli.common.subscription_client import SubscriptionClient
from goldenthread.cli.imports import import_documents

_LOOK = 0.25
"""Seconds between two looks whether the import has ended."""
_STEPS = {
    "READING": "reading {}",
    "COMPARING": "comparing {} with what is here",
    "WRITING": "writing {}",
    "DONE": "{} is imported",
    "FAILED": "{} is not imported",
}
_ENDED = ("DONE", "FAILED")


class ImportProgressBar:
    """A progress bar while the block lasts, fed by `importChanged`. An error of the subscription ends the bar alone."""

    def __init__(self, graphql: GraphQLClient, file_name: str) -> None:
        self._graphql, self._file_name = graphql, file_name
        self._over = threading.Event()
        self._run: str | None = None
        self._bar: progress.Progress | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = progress.Progress(
                progress.TextColumn("{task.description}", markup=False),
                progress.BarColumn(),
                progress.MofNCompleteColumn(),
                progress.TimeElapsedColumn(),
                console=output.stderr(),
                transient=True,
            )
            self._task = self._bar.add_task(self._said("READING"), total=None)
            self._bar.start()
            self._thread = threading.Thread(target=self._listen, args=(self._bar,), daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join(timeout=2 * _LOOK)
        if self._bar is not None:
            self._bar.stop()

    def _listen(self, bar: progress.Progress) -> None:
        try:
            client = self._graphql
            with SubscriptionClient(
                client.url, client.token, import_documents.IMPORT_CHANGED, {}, client.organization
            ) as heard:
                while not self._over.is_set():
                    data = heard.next(_LOOK)
                    if data is not None and self._is_ours(run := data["importChanged"]):
                        total = run["total"] or None
                        bar.update(self._task, description=self._said(run["step"]), total=total, completed=run["done"])
        except CommandError:
            return  # the import goes on, and its answer says all there is to say

    def _is_ours(self, run: Data) -> bool:
        """The run of this file: that which is under way, and then the same."""
        if run["fileName"] == self._file_name and run["step"] not in _ENDED:
            self._run = run["id"]
        return bool(run["id"] == self._run)

    def _said(self, step: str) -> str:
        return str(output.printable(_STEPS.get(step, "{}").format(self._file_name)))
