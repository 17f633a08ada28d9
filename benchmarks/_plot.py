"""How the time per event grows with the graph, drawn: log-log, for light and dark backgrounds, the same bytes for the
same numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks._compared_libraries import imported
from benchmarks._table import OURS, Row

_INK, _GRID = "#7a869a", "#7a869a44"
_COLOURS = {OURS: "#c8911b", "networkx": "#3b82c4", "rustworkx": "#c2574b", "PostgreSQL CTE": "#3a9a6c"}


@contextmanager
def figure_style() -> Iterator[None]:
    """Figures that are drawn meanwhile are SVGs with our fonts and colours."""
    matplotlib = imported("matplotlib")
    matplotlib.use("svg")
    style = {
        "svg.hashsalt": "golden thread", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 11,
        "text.color": _INK, "axes.labelcolor": _INK, "axes.edgecolor": _INK, "xtick.color": _INK, "ytick.color": _INK,
    }  # fmt: skip
    with matplotlib.rc_context(style):
        yield


def draw(rows: Sequence[Row], case: str, path: Path) -> None:
    """Write an SVG of one case: mean time per event of every engine, and our 99th percentile."""
    with figure_style():
        figure, axes = imported("matplotlib.pyplot").subplots(figsize=(8, 5), layout="constrained")
        for engine, colour in _COLOURS.items():
            found = [row for row in rows if row.case == case and row.engine == engine and row.events_per_s]
            sizes, means = [row.nodes for row in found], [1e6 / (row.events_per_s or 1) for row in found]
            axes.plot(sizes, means, marker="o", color=colour, linewidth=2, label=engine)
            if engine == OURS:
                slowest = [row.p99_us for row in found]
                axes.plot(sizes, slowest, marker=".", linestyle=":", color=colour, label=f"{engine}, 99th percentile")
        axes.set(xscale="log", yscale="log", xlabel="goals in the organization", ylabel="µs per event")
        axes.set_title("What one event costs", color=_INK)
        axes.grid(which="major", color=_GRID, linewidth=0.8)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xticks(sorted({row.nodes for row in rows}), minor=False)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_formatter("{x:,.10g}")
        figure.legend(loc="outside lower center", ncols=3, frameon=False, labelcolor=_INK)
        figure.savefig(path, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        imported("matplotlib.pyplot").close(figure)
