"""`python -m tests.mutants [name ...] [--out FILE]`: runs tests on every mutant of the modules named (none: all).

A name is a module of the engine ("path_keys"), or a module or a folder of a domain ("goals", "goals.links",
"notifications.alerts"); "engine" is all of the engine. A mutant is one function with another code, in a process of its
own. It is killed by the first test that fails, or that takes `--deadline` seconds of processor time. `--again` looks
once more at those that survived in FILE, `--whole` with all tests of the package, the long ones in full.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

os.environ["NUMBA_DISABLE_JIT"] = "1"

from tests.mutants.calls import function_name
from tests.mutants.forks import Result, Trial, run
from tests.mutants.operators import Mutant
from tests.mutants.suites import SUITES, Suite

DEADLINE = 3
"""Several times what the longest test takes."""


def put_in_place(module: ModuleType, mutant: Mutant) -> None:
    """Let the function have the mutant's code, wherever it was imported."""
    space: dict[str, Any] = {}
    tree = ast.Module([mutant.tree], [])
    mutant.tree.decorator_list = []
    exec(compile(tree, f"mutant of {module.__name__}", "exec", annotate_later()), vars(module), space)
    found: Any = module
    for name in mutant.function.split("."):
        found = vars(found)[name]
    inner = (getattr(found, name, None) for name in ("__wrapped__", "__func__", "fget", "func"))
    function: FunctionType = next(each for each in (*inner, found) if isinstance(each, FunctionType))
    function.__code__ = space[mutant.tree.name].__code__


def annotate_later() -> int:
    """The flag of `from __future__ import annotations`."""
    import __future__

    return __future__.annotations.compiler_flag


def chosen_modules(suite: Suite, names: Sequence[str]) -> list[str]:
    """The modules of a suite that the names mean; all where there are no names."""
    return [
        module
        for module in suite.modules
        if not names or any(_means(name, suite.name(module), suite.prefix or "engine") for name in names)
    ]


def _means(name: str, module: str, suite: str) -> bool:
    return name == suite or f"{module}.".startswith(f"{name}.")


def trials(suite: Suite, modules: Sequence[str], whole: bool, wanted: set[tuple[str, str]] | None) -> Iterator[Trial]:
    """Every mutant of these modules, or those `wanted`."""
    for module in modules:
        name, tests = suite.name(module), suite.whole if whole else suite.tests_of(module)
        for mutant in suite.mutants(module):
            if wanted is None or (name, str(mutant)) in wanted:
                found = suite.module(module)
                function = function_name(str(found.__file__), mutant.function)
                yield Trial(name, str(mutant), partial(put_in_place, found, mutant), tests, function)


def main() -> int:
    """Try the mutants of the modules named; 2 where the tests fail without any."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--again", type=Path)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--deadline", type=int, default=DEADLINE)
    chosen = parser.parse_args()
    wanted = survivors(json.loads(chosen.again.read_text())) if chosen.again else None
    seconds = 10 * chosen.deadline if chosen.whole else chosen.deadline
    results: list[Result] = []
    for suite in SUITES:
        modules = chosen_modules(suite, chosen.names)
        if not modules:
            continue
        tests = suite.whole if chosen.whole else dict.fromkeys(each for m in modules for each in suite.tests_of(m))
        made = trials(suite, modules, chosen.whole, wanted)
        found = run(made, list(tests), chosen.jobs, seconds, suite.without, chosen.whole)
        if not found.fit:
            wrong = f"the tests fail without any mutant, or one takes {seconds} s here: try a larger --deadline"
            print(wrong, file=sys.stderr)
            return 2
        results += found.results
        if chosen.out:
            chosen.out.write_text(json.dumps(results, indent=1))
    print(*summary(results), sep="\n")
    return 0


def survivors(results: list[list[str]]) -> set[tuple[str, str]]:
    """Modules and mutants that no test killed."""
    return {(name, mutant) for name, mutant, how in results if how == "survived"}


def summary(results: Sequence[Result]) -> list[str]:
    """How many of each module were killed; then those that were not."""
    counted = Counter((name, how) for name, _, how in results)
    lines = [
        f"{name}: " + ", ".join(f"{counted[name, how]} {how}" for how in ("killed", "timed out", "survived"))
        for name in dict.fromkeys(name for name, _, _ in results)
    ]
    return lines + [f"{name}.{mutant}" for name, mutant, how in sorted(results) if how == "survived"]


if __name__ == "__main__":
    sys.exit(main())
