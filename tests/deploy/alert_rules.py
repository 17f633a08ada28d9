"""The rules of `deploy/observability/rules`, read as they are written: alerts, and recorded expressions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "observability" / "rules"
RUNBOOKS = ROOT / "docs" / "runbooks"


@dataclass(frozen=True)
class WrittenRule:
    """One rule of a file. `alert` is the name of an alert, `record` the name of what is recorded; one of them is ""."""

    file: Path
    body: dict[str, Any]

    def __str__(self) -> str:
        return self.alert or self.record

    @property
    def alert(self) -> str:
        return str(self.body.get("alert", ""))

    @property
    def record(self) -> str:
        return str(self.body.get("record", ""))

    @property
    def expression(self) -> str:
        return str(self.body["expr"])

    @property
    def labels(self) -> dict[str, str]:
        return dict(self.body.get("labels") or {})

    @property
    def annotations(self) -> dict[str, str]:
        return dict(self.body.get("annotations") or {})


def files() -> list[Path]:
    """The files, in the order of their names."""
    return sorted(FOLDER.glob("*.yml"))


@cache
def written_rules() -> tuple[WrittenRule, ...]:
    """All rules of all files."""
    return tuple(
        WrittenRule(file, rule)
        for file in files()
        for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
    )


def alerts() -> list[WrittenRule]:
    """The alerts, without what is only recorded."""
    return [rule for rule in written_rules() if rule.alert]
