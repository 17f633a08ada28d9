"""The table of our metrics in the README of the component `monitoring`. Run as a module, it writes the table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from prometheus_client.metrics import MetricWrapperBase

from goldenthread.runtime.observability import metrics

README = Path(__file__).parents[2] / "deploy" / "k8s" / "components" / "monitoring" / "README.md"
_BEGIN, _END = "<!-- metrics:", "<!-- end of metrics -->"


class Metric(NamedTuple):
    """A metric as Prometheus shows it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str


def declared() -> list[Metric]:
    """What `runtime/observability/metrics.py` declares, by name."""
    return sorted(_declared())


def table() -> str:
    """The table, in Markdown."""
    rows = [
        f"| `{each.name}` | {each.kind} | {', '.join(f'`{label}`' for label in each.labels)} | {each.meaning} |"
        for each in declared()
    ]
    return "\n".join(["| metric | kind | labels | meaning |", "|---|---|---|---|", *rows])


def written(text: str) -> str:
    """The README `text` with the table as it is to be. Raises ValueError where the marks for it are missing."""
    before, mark, rest = text.partition(_BEGIN)
    note, _, rest = rest.partition("\n")
    _, end, after = rest.partition(_END)
    if not mark or not end:
        raise ValueError(f"{README} has no lines {_BEGIN} … and {_END}")
    return f"{before}{mark}{note}\n{table()}\n{end}{after}"


def _declared() -> Iterator[Metric]:
    for found in vars(metrics).values():
        if isinstance(found, MetricWrapperBase):
            (family,) = found.describe()
            yield Metric(_shown(family.name, family.type), family.type, found._labelnames, family.documentation)
    (repairs,) = metrics.REPAIRS.collect()
    yield Metric(_shown(repairs.name, repairs.type), repairs.type, repairs._labelnames, repairs.documentation)


def _shown(name: str, kind: str) -> str:
    return f"{name}_total" if kind == "counter" else name


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
