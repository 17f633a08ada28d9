"""`docs/settings.md`: every environment variable, written from the classes of settings.

`python -m goldenthread.launcher.settings_page` writes the page; a test compares it.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

from msgspec import NODEFAULT, Struct, structs

from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.configuration.setting_descriptions import accepted_values
from goldenthread.runtime.configuration.settings import DatabaseSettings, ProcessSettings, is_secret, variable
from goldenthread.runtime.observability import otel_environment

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"
_HEAD = """\
# Settings

Every process reads environment variables that begin with `GOLDENTHREAD_`. All that is wrong or missing is said at once
when it starts, each with its name and what would fit, and the process ends with 2. A secret `X` may also be given as
the path of a file that holds it, in `X_FILE`. An empty variable is one that is not set.

This page is written from the classes of settings: `python -m goldenthread.launcher.settings_page`.
"""
_OTEL = """\
## OpenTelemetry

Traces and metrics follow OpenTelemetry's own variables, in every process. `goldenthread up` passes them to its four
processes, and not to the embedded broker. A value that cannot be used is logged and ignored; the process starts.

"""
_COLUMNS = "| variable | what fits | unless set | meaning |\n|---|---|---|---|\n"


class Setting(NamedTuple):
    """One variable: its name, which values fit, what it is unless set, and what it means."""

    variable: str
    fits: str
    default: str
    meaning: str


def own(kind: type[Struct]) -> list[Setting]:
    """The settings that this class adds to those of its base, in their order."""
    hints, meanings = get_type_hints(kind, include_extras=True), _meanings(kind)
    return [
        Setting(variable(field.name), _fits(hints[field.name]), _default(field), meanings.get(field.name, ""))
        for field in structs.fields(kind)
        if field.name in vars(kind).get("__annotations__", {})
    ]


def page() -> str:
    """The whole page."""
    parts = [
        _HEAD,
        _section("Every process", ProcessSettings),
        _section("goals, alignment and notifications", DatabaseSettings),
    ]
    parts += [_section(process.name, process.settings) for process in PROCESSES]
    parts.append(_OTEL + _COLUMNS + "".join(_row(each) for each in otel_environment.VARIABLES))
    return "\n".join(part for part in parts if part)


def _section(title: str, kind: type[Struct]) -> str:
    rows = [_row(each) for each in own(kind)]
    return f"## {title}\n\n{_COLUMNS}{''.join(rows)}" if rows else ""


def _row(setting: Setting | otel_environment.OtelVariable) -> str:
    return "| `{}` | {} | {} | {} |\n".format(*setting)


def _fits(hint: Any) -> str:
    words = accepted_values(hint)
    return f"{words}, or `_FILE`" if is_secret(hint) else words


def _default(field: structs.FieldInfo) -> str:
    if field.default is NODEFAULT:
        return "**needed**"
    if field.default in (None, ""):
        return ""
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


def _meanings(kind: type[Struct]) -> dict[str, str]:
    """The docstring below each field, on one line."""
    (body,) = (node.body for node in ast.parse(textwrap.dedent(inspect.getsource(kind))).body if hasattr(node, "body"))
    found = {}
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            found[field.target.id] = " ".join(str(ast.literal_eval(below.value)).split())
    return found


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
