"""How the load divides among partitions where sizes are skewed, drawn for light and dark backgrounds."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks._compared_libraries import imported
from benchmarks._plot import figure_style
from benchmarks._simulated_week import ConsumerSimulation
from goldenthread.sizing.answer import Sizing
from goldenthread.sizing.measured import CONSUMERS

_INK, _BAR, _LIMIT = "#7a869a", "#c8911b", "#c2574b"


def draw(answer: Sizing, path: Path) -> None:
    """Write an SVG: the partitions of one installation, the busiest first, and their mean."""
    name = "notifications"
    simulation = ConsumerSimulation(answer.demand, CONSUMERS[name], answer.partitions, answer.pods[name], 1)
    loads = np.sort(simulation.by_partition())[::-1] * 100
    with figure_style():
        figure, axes = imported("matplotlib.pyplot").subplots(figsize=(8, 4), layout="constrained")
        axes.bar(np.arange(len(loads)) + 1, loads, color=_BAR)
        axes.axhline(loads.mean(), color=_LIMIT, linestyle=":", label="the mean")
        axes.set(xlabel="partitions, the busiest first", ylabel="% of a core, busiest hour")
        axes.set_title(f"{name}, {answer.demand.organizations:,} organizations", color=_INK)
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", frameon=False, labelcolor=_INK)
        figure.savefig(path, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
        imported("matplotlib.pyplot").close(figure)
