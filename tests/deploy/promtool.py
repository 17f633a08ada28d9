"""promtool, Prometheus's own judge of rules: its checks, and the unit tests of `tests/deploy/alert_tests`."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.deploy.alert_rules import WrittenRule

TESTS = Path(__file__).parent / "alert_tests"


def promtool(*arguments: str | Path) -> tuple[int, str]:
    """Its exit code, and what it says. Raises FileNotFoundError where it is not installed."""
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False, timeout=600)
    return done.returncode, done.stdout + done.stderr


@cache
def unit_tests(file: str) -> tuple[dict[str, Any], ...]:
    """The tests for the rules in this file of `deploy/observability/rules`."""
    path = TESTS / file
    return tuple(yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]) if path.is_file() else ()


def cases_of(rule: WrittenRule) -> list[dict[str, Any]]:
    """The tests of an alert: those whose name begins with its name."""
    return [each for each in unit_tests(rule.file.name) if str(each["name"]).startswith(f"{rule.alert} ")]


def passing(variants: Sequence[Sequence[dict[str, Any]]], cases: Sequence[dict[str, Any]], folder: Path) -> list[bool]:
    """Whether all `cases` pass, for each variant of the rules. promtool is started once, because that takes longest."""
    tests = [folder / f"{number}.test.yml" for number in range(len(variants))]
    for number, rules in enumerate(variants):
        file = f"{number}.rules.yml"
        (folder / file).write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": list(rules)}]}))
        tests[number].write_text(
            yaml.safe_dump({"rule_files": [file], "evaluation_interval": "1m", "tests": list(cases)})
        )
    said = promtool("test", "rules", *tests)[1]
    parts = re.split(r"^Unit Testing: +(\S+)$", said, flags=re.MULTILINE)[1:]
    found = {Path(name): "SUCCESS" in text for name, text in zip(parts[::2], parts[1::2], strict=True)}
    return [found[each] for each in tests]
