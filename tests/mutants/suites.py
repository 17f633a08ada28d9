"""What is mutated, and which tests have to notice: one suite per package, with the tests of each of its modules."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from enum import EnumType
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from tests.mutants.operators import Mutant, mutants

ENGINE = "services.alignment.domain.verdict"
_ALIGNMENT, _GOALS, _NOTIFICATIONS = "tests/unit/alignment", "tests/unit/goals", "tests/unit/notifications"
_ANY_COMMAND = tuple(
    f"{_GOALS}/test_{each}.py" for each in ("who_may_command", "permissions", "cleared_fields", "unknown_ids", "texts")
)
_NAMES = ["graph", "graph_edits", "full_recomputation", "arrays", "unsaved", "packed_state"]
_FIRST = [*(f"{_ALIGNMENT}/verdict/test_{each}.py" for each in _NAMES), f"{_ALIGNMENT}/test_transitions.py"]
_COST = f"{_ALIGNMENT}/verdict/test_cost.py"


class Suite(NamedTuple):
    """The modules of one package that are mutated, and the tests that kill their mutants.

    `tests` are those of a module, the quick ones first, by the longest beginning of its name. `whole` are all that may
    know something about any of them. `constants`: modules whose constants are taken for each other.
    """

    prefix: str
    package: str
    modules: tuple[str, ...]
    tests: Mapping[str, tuple[str, ...]]
    whole: tuple[str, ...]
    constants: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    """A test with one of these in its name is left out."""
    uncompiled: bool = False

    def name(self, module: str) -> str:
        """The name of a module in arguments and results."""
        return f"{self.prefix}.{module}" if self.prefix else module

    def module(self, module: str) -> ModuleType:
        """The module itself."""
        return importlib.import_module(f"{self.package}.{module}")

    def tests_of(self, module: str) -> tuple[str, ...]:
        """The tests that have to notice a mutant of a module."""
        known = [each for each in self.tests if f"{module}.".startswith(f"{each}." if each else "")]
        return self.tests[max(known, key=len)]

    def mutants(self, module: str) -> Iterator[Mutant]:
        """Every mutant of a module, which is given every constant of the suite."""
        found = self.module(module)
        constants = {
            name: value for each in self.constants for name, value in vars(self.module(each)).items() if name.isupper()
        }
        for constant, value in constants.items():
            vars(found).setdefault(constant, value)
        enums = {name: value for name, value in vars(found).items() if isinstance(value, EnumType)}
        source = Path(str(found.__file__)).read_text(encoding="utf-8")
        return mutants(source, set(constants), {} if self.uncompiled else enums)


def _modules(folder: str) -> tuple[str, ...]:
    """The modules below a folder, by the name they have in its package."""
    paths = sorted(path.relative_to(folder) for path in Path(folder).rglob("*.py") if path.name != "__init__.py")
    return tuple(path.with_suffix("").as_posix().replace("/", ".") for path in paths)


ALIGNMENT = Suite(
    prefix="",
    package=ENGINE,
    modules=(
        "path_keys", "threads", "full_recomputation", "judge", "statuses", "break_causes", "graph_edits",
        "before_images", "packed_state", "graph", "lists_and_heaps", "id_index", "ids", "encoded_verdicts", "changes",
        "columns",
    ),
    tests={"": (*_FIRST, "tests/mutants/quick.py", _COST)},
    whole=(*_FIRST, _COST, f"{_ALIGNMENT}/verdict/test_simulated.py", f"{_ALIGNMENT}/verdict/test_oracle.py"),
    constants=("columns", "before_images", "packed_state", "judge"),
    without=("50_000",),
    uncompiled=True,
)  # fmt: skip
GOALS = Suite(
    prefix="goals",
    package="services.goals.domain",
    modules=_modules("services/goals/domain"),
    tests={
        "": (_GOALS,),
        "clock": (f"{_GOALS}/clock", f"{_GOALS}/listening", f"{_GOALS}/links"),
        "cycles": (f"{_GOALS}/cycles", f"{_GOALS}/goals", f"{_GOALS}/imports/test_copies.py", *_ANY_COMMAND),
        "goals": (f"{_GOALS}/goals", f"{_GOALS}/links", f"{_GOALS}/cycles", f"{_GOALS}/listening", *_ANY_COMMAND),
        "imports": (f"{_GOALS}/imports",),
        "links": (
            f"{_GOALS}/links", f"{_GOALS}/goals", f"{_GOALS}/cycles", *_ANY_COMMAND,
        ),
        "listening": (f"{_GOALS}/listening", f"{_GOALS}/clock", *_ANY_COMMAND),
        "org_chart": (f"{_GOALS}/org_chart", f"{_GOALS}/goals/test_succession.py", *_ANY_COMMAND),
        "permissions": (
            f"{_GOALS}/test_permissions.py", f"{_GOALS}/links", f"{_GOALS}/goals", f"{_GOALS}/org_chart",
            f"{_GOALS}/listening",
        ),
    },
    whole=(_GOALS,),
    without=("stateful", "absurd", "memory_bound", "no_time"),
)  # fmt: skip
CASCADE = Suite(
    prefix="organization",
    package="goldenthread.organization",
    modules=("why_cascade",),
    tests={
        "": (
            "tests/unit/organization/test_why_cascade.py",
            f"{_GOALS}/listening/test_answers.py",
            f"{_GOALS}/clock",
            f"{_NOTIFICATIONS}/test_unanswered.py",
        )
    },
    whole=("tests/unit/organization", f"{_GOALS}/listening", f"{_NOTIFICATIONS}/test_unanswered.py"),
)
NOTIFICATIONS = Suite(
    prefix="notifications",
    package="services.notifications.domain",
    modules=_modules("services/notifications/domain"),
    tests={
        "": (
            f"{_NOTIFICATIONS}/test_alerts.py", f"{_NOTIFICATIONS}/alerts", f"{_NOTIFICATIONS}/test_unanswered.py",
            _NOTIFICATIONS,
        ),
        "acknowledgements": (f"{_NOTIFICATIONS}/test_acknowledgements.py",),
        "permissions": (f"{_NOTIFICATIONS}/test_acknowledgements.py", f"{_NOTIFICATIONS}/test_permissions.py"),
    },
    whole=(_NOTIFICATIONS,),
)  # fmt: skip
SUITES = (ALIGNMENT, GOALS, CASCADE, NOTIFICATIONS)
