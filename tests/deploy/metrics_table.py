"""The table of our metrics in the README of the component `monitoring`. Run as a module, it writes the table."""

from __future__ import annotations

from pathlib import Path

from goldenthread.runtime.observability.telemetry_schema import METRICS

README = Path(__file__).parents[2] / "deploy" / "k8s" / "components" / "monitoring" / "README.md"
_BEGIN, _END = "<!-- metrics:", "<!-- end of metrics -->"


def table() -> str:
    """The table, in Markdown: names and labels as Prometheus has them."""
    rows = []
    for each in sorted(METRICS, key=lambda metric: metric.exposed_name):
        labels = ", ".join(f"`{attribute.label}`" for attribute in each.attributes)
        rows.append(f"| `{each.exposed_name}` | {each.exposed_kind} | {labels} | {each.meaning} |")
    return "\n".join(["| metric | kind | labels | meaning |", "|---|---|---|---|", *rows])


def written(text: str) -> str:
    """The README `text` with the table as it is to be. Raises ValueError where the marks for it are missing."""
    before, mark, rest = text.partition(_BEGIN)
    note, _, rest = rest.partition("\n")
    _, end, after = rest.partition(_END)
    if not mark or not end:
        raise ValueError(f"{README} has no lines {_BEGIN} … and {_END}")
    return f"{before}{mark}{note}\n{table()}\n{end}{after}"


if __name__ == "__main__":
    README.write_text(written(README.read_text()))
