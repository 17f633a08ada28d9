"""Draws the panels of a dashboard at their places, with matplotlib."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.patches import Rectangle
from PIL import Image

Answers = list[list[tuple[Mapping[str, str], Sequence[Sequence[Any]]]]]
"""For each query its series: labels, and points (time, value as text)."""
_WIDTH, _UNIT = 15.0, 0.30
"""Inches: of the picture, and of one row of Grafana's grid."""
_COLORS = ("#3274d9", "#e0752d", "#2f9e44", "#a352cc", "#c4162a", "#8f8f8f", "#b58900", "#1f9e9e")
_STEPS = {"s": ((60, 1 / 60, "min"), (1, 1, "s"), (0, 1000, "ms")), "bytes": ((0, 2**-20, "MiB"),)}
_WORDS = {"none": "", "short": "", "reqps": "/s", "ops": "/s", "eps": "/s"}


def picture(title: str, panels: Sequence[tuple[Mapping[str, Any], Answers]], file: Path) -> None:
    """Write the picture of a dashboard."""
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel, _ in panels) + 2
    figure = pyplot.figure(figsize=(_WIDTH, rows * _UNIT), facecolor="#f4f5f5")
    figure.text(0.006, 1 - 1.2 / rows, title, fontsize=14, weight="bold")
    for panel, found in panels:
        place = panel["gridPos"]
        box = (place["x"] / 24, 1 - (place["y"] + 2 + place["h"]) / rows, place["w"] / 24, place["h"] / rows)
        if panel["type"] == "row":
            figure.text(0.006, box[1] + box[3] * 0.25, f"▾ {panel['title']}", fontsize=11, weight="bold")
            continue
        _frame(figure, box, panel, rows)
        inner = (box[0] + 0.006, box[1] + 0.15 / rows, box[2] - 0.012, box[3] - 1.6 / rows)
        _DRAW[panel["type"]](figure, inner, panel, found, rows)
    drawn = BytesIO()
    figure.savefig(drawn, dpi=80)
    pyplot.close(figure)
    Image.open(drawn).convert("RGB").quantize(48).save(file, optimize=True)


def shown(value: float, unit: str, decimals: int | None = None) -> str:
    """A number with its unit, as Grafana writes it."""
    if unit == "percentunit":
        return f"{value:.{1 if decimals is None else decimals}%}"
    for least, factor, name in _STEPS.get(unit, ()):
        if abs(value) >= least:
            return f"{value * factor:.3g} {name}"
    number = f"{value:.{decimals}f}" if decimals is not None else f"{value:.4g}"
    return f"{number} {_WORDS.get(unit, unit)}".strip()


def _frame(figure: Any, box: tuple[float, ...], panel: Mapping[str, Any], rows: int) -> None:
    x, y, width, height = box
    paper = Rectangle(
        (x + 0.002, y + 0.1 / rows),
        width - 0.004,
        height - 0.2 / rows,
        transform=figure.transFigure,
        color="white",
        zorder=-1,
    )
    figure.add_artist(paper)
    mark = "↗ runbook" if panel.get("links") and width > 5 / 24 else ""
    figure.text(x + 0.008, y + height - 1.1 / rows, panel["title"], fontsize=9, weight="bold")
    if mark:
        figure.text(x + width - 0.008, y + height - 1.1 / rows, mark, fontsize=6.5, ha="right", color="#3274d9")


def _lines(figure: Any, box: tuple[float, ...], panel: Mapping[str, Any], found: Answers, rows: int) -> None:
    x, y, width, height = box
    axes = figure.add_axes((x + 0.035, y + 2.4 / rows, width - 0.04, height - 2.6 / rows))
    unit = panel["fieldConfig"]["defaults"]["unit"]
    series = [(legend(target, labels), points) for target, labels, points in _series(panel, found)]
    start = min((float(points[0][0]) for _, points in series), default=0)
    below = None
    for color, (name, points) in zip(_COLORS * 5, series, strict=False):
        times = [float(at) - start for at, _ in points]
        values = [float(value) for _, value in points]
        if panel["fieldConfig"]["defaults"]["custom"].get("stacking"):
            total = [value + (below[at] if below else 0) for at, value in enumerate(values)]
            axes.fill_between(times, below or 0, total, color=color, alpha=0.6, label=name, linewidth=0)
            below = total
        else:
            axes.plot(times, values, color=color, linewidth=1.4, label=name)
    for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1:]:
        axes.axhline(step["value"], color="#c4162a", linestyle="--", linewidth=0.8)
    axes.set_ylim(bottom=0, top=panel["fieldConfig"]["defaults"].get("max"))
    axes.yaxis.set_major_formatter(lambda value, _: shown(value, unit, 0 if unit == "percentunit" else None))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0f} s")
    axes.tick_params(labelsize=6.5, length=0)
    axes.grid(color="#e5e5e5", linewidth=0.6)
    for side in axes.spines.values():
        side.set_visible(False)
    if series:
        letters = max(len(name) for name, _ in series) + 5
        columns = max(1, int(width * _WIDTH / (letters * 0.055)))
        axes.legend(
            loc="upper left", bbox_to_anchor=(-0.04, -0.12), ncols=columns, fontsize=6.5, frameon=False, handlelength=1
        )
    else:
        axes.text(0.5, 0.5, "No data", transform=axes.transAxes, ha="center", color="#8f8f8f", fontsize=9)


def _number(figure: Any, box: tuple[float, ...], panel: Mapping[str, Any], found: Answers, rows: int) -> None:
    defaults, series = panel["fieldConfig"]["defaults"], list(_series(panel, found))
    x, y, width, height = box
    value = float(series[0][2][-1][1]) if series else float("nan")
    steps = [
        step["color"] for step in defaults["thresholds"]["steps"] if step.get("value") is None or value >= step["value"]
    ]
    color = {"green": "#2f9e44", "red": "#c4162a"}.get(steps[-1], "#1f1f20")
    text = shown(value, defaults["unit"], defaults.get("decimals")) if value == value else "–"
    figure.text(x + width / 2, y + height * 0.35, text, fontsize=20, ha="center", color=color)


def _bars(figure: Any, box: tuple[float, ...], panel: Mapping[str, Any], found: Answers, rows: int) -> None:
    x, y, width, height = box
    unit = panel["fieldConfig"]["defaults"]["unit"]
    axes = figure.add_axes((x + width * 0.42, y, width * 0.52, height))
    bars = [(legend(target, labels), float(points[-1][1])) for target, labels, points in _series(panel, found)][::-1]
    names, values = [name for name, _ in bars], [value for _, value in bars]
    axes.barh(range(len(bars)), values, color="#3274d9", height=0.6)
    axes.set_yticks(range(len(bars)), names, fontsize=7.5)
    axes.set_xlim(0, max([*values, 1]) * 1.15)
    axes.set_xticks([])
    axes.tick_params(length=0)
    for at, value in enumerate(values):
        axes.text(value, at, f" {shown(value, unit)}", va="center", fontsize=8)
    for side in axes.spines.values():
        side.set_visible(False)


def _table(figure: Any, box: tuple[float, ...], panel: Mapping[str, Any], found: Answers, rows: int) -> None:
    x, y, width, height = box
    organize = panel["transformations"][-1]["options"]
    heads = sorted(organize["renameByName"], key=organize["indexByName"].__getitem__)
    units = {each["matcher"]["options"]: each["properties"][0]["value"] for each in panel["fieldConfig"]["overrides"]}
    merged: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    for target, labels, points in _series(panel, found):
        column = "Value" if len(panel["targets"]) == 1 else f"Value #{target['refId']}"
        unit = units.get(organize["renameByName"][column], panel["fieldConfig"]["defaults"]["unit"])
        row = merged.setdefault(tuple(sorted(labels.items())), dict(labels))
        row[column] = shown(float(points[-1][1]), unit, 0 if unit == "percentunit" else None)
    for place, head in enumerate(heads):
        left = x + 0.006 + width * place / len(heads)
        figure.text(left, y + height - 0.9 / rows, organize["renameByName"][head], fontsize=8, weight="bold")
        for line, row in enumerate(list(merged.values())[: int(height * rows) - 1]):
            figure.text(left, y + height - (2.0 + line) / rows, row.get(head, ""), fontsize=8)


def legend(target: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """The name of a series, with labels in the places of `{{label}}`."""
    return re.sub(r"{{\s*(\w+)\s*}}", lambda found: labels.get(found[1], ""), target.get("legendFormat", ""))


def _series(
    panel: Mapping[str, Any], found: Answers
) -> list[tuple[Mapping[str, Any], Mapping[str, str], Sequence[Any]]]:
    return [
        (target, labels, points)
        for target, series in zip(panel["targets"], found, strict=True)
        for labels, points in series
    ]


_DRAW = {"timeseries": _lines, "stat": _number, "bargauge": _bars, "table": _table}
