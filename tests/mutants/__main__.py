"""`python -m tests.mutants [module ...] [--out FILE]`: runs the engine's tests on every mutant.

The engine runs uncompiled, so that a mutant is one function with another code. Each has a process of its own, forked
from one that has loaded everything; it is killed by the first test that fails, or that takes `--deadline` seconds of
processor time. `--again` looks once more at those that survived in FILE, `--whole` with the long suites in full.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import resource
import signal
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

os.environ["NUMBA_DISABLE_JIT"] = "1"

import pytest

from tests.mutants.operators import Mutant, mutants

ENGINE = "services.alignment.domain.verdict"
ORDER = [
    "path_keys", "threads", "full_recomputation", "judge", "statuses", "break_causes", "graph_edits", "before_images",
    "packed_state", "graph", "lists_and_heaps", "id_index", "ids", "encoded_verdicts", "changes", "columns",
]  # fmt: skip
CONSTANTS = ["columns", "before_images", "packed_state", "judge"]
"""The modules whose constants are taken for each other."""
UNIT = "tests/unit/alignment"
NAMES = ["graph", "graph_edits", "full_recomputation", "arrays", "unsaved", "packed_state"]
FIRST = [*(f"{UNIT}/verdict/test_{each}.py" for each in NAMES), f"{UNIT}/test_transitions.py"]
COST = f"{UNIT}/verdict/test_cost.py"
QUICK = [*FIRST, "tests/mutants/quick.py", COST, "-k", "not 50_000"]
WHOLE = [*FIRST, COST, f"{UNIT}/verdict/test_simulated.py", f"{UNIT}/verdict/test_oracle.py", "-k", "not 50_000"]
OPTIONS = ["-x", "--tb=no", "--assert=plain", "-pno:cacheprovider", "-pno:warnings", "-Wignore"]
DEADLINE = 3
"""Several times what the longest test takes."""
MEMORY = 4 << 30


class Deadline:
    """Ends the process (SIGPROF) when one test takes too much processor time."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def pytest_runtest_setup(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self.seconds)


def put_in_place(module: ModuleType, mutant: Mutant) -> None:
    """Let the function have the mutant's code, wherever it was imported."""
    space: dict[str, Any] = {}
    tree = ast.Module([mutant.tree], [])
    mutant.tree.decorator_list = []
    exec(compile(tree, f"mutant of {module.__name__}", "exec", annotate_later()), vars(module), space)
    found: Any = module
    for name in mutant.function.split("."):
        found = vars(found)[name]
    function: FunctionType = next(
        each
        for each in (found, *(getattr(found, name, None) for name in ("__func__", "fget", "func")))
        if isinstance(each, FunctionType)
    )
    function.__code__ = space[mutant.tree.name].__code__


def annotate_later() -> int:
    """The flag of `from __future__ import annotations`."""
    import __future__

    return __future__.annotations.compiler_flag


def run(prepare: Callable[[], None], tests: list[str], deadline: int) -> int:
    """Fork; there, prepare and run the tests. The process's id."""
    child = os.fork()
    if child:
        return child
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    code = 1
    try:
        prepare()
        code = int(pytest.main([*OPTIONS, *tests], [Deadline(deadline)]))
    finally:
        os._exit(code)


def outcome(status: int) -> str:
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
        return "timed out"
    return "survived" if status == 0 else "killed"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", default=ORDER)
    parser.add_argument("--again", type=Path)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--deadline", type=int, default=DEADLINE)
    chosen = parser.parse_args()
    tests, deadline = (WHOLE, 10 * chosen.deadline) if chosen.whole else (QUICK, chosen.deadline)
    for path in (*FIRST, COST, "tests/mutants/quick.py", f"{UNIT}/verdict/test_oracle.py", "tests/conftest.py"):
        importlib.import_module(path.removesuffix(".py").replace("/", "."))
    if os.waitpid(run(lambda: None, tests, deadline), 0)[1]:
        wrong = f"the tests fail without any mutant, or one takes {deadline} s here: try a larger --deadline"
        print(wrong, file=sys.stderr)
        return 2
    wanted = survivors(json.loads(chosen.again.read_text())) if chosen.again else None
    results: list[tuple[str, str, str]] = []
    running: dict[int, tuple[str, str]] = {}
    for name, mutant in all_of(chosen.modules):
        if wanted is not None and (name, str(mutant)) not in wanted:
            continue
        if len(running) == chosen.jobs:
            results.append(finished(running))
        module = importlib.import_module(f"{ENGINE}.{name}")
        running[run(lambda at=module, of=mutant: put_in_place(at, of), tests, deadline)] = (name, str(mutant))  # type: ignore[misc]
    while running:
        results.append(finished(running))
    if chosen.out:
        chosen.out.write_text(json.dumps(results, indent=1))
    print(*summary(results), sep="\n")
    return 0


def all_of(modules: list[str]) -> list[tuple[str, Mutant]]:
    """Every mutant of these modules, which are given every constant of the engine."""
    constants = {
        name: value
        for module in (importlib.import_module(f"{ENGINE}.{name}") for name in CONSTANTS)
        for name, value in vars(module).items()
        if name.isupper()
    }
    found = []
    for name in modules:
        module = importlib.import_module(f"{ENGINE}.{name}")
        for constant, value in constants.items():
            vars(module).setdefault(constant, value)
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        found += [(name, mutant) for mutant in mutants(source, set(constants))]
    return found


def finished(running: dict[int, tuple[str, str]]) -> tuple[str, str, str]:
    """The next that ends."""
    child, status = os.wait()
    name, mutant = running.pop(child)
    if (how := outcome(status)) != "killed":
        print(f"{how}: {name}.{mutant}", flush=True)
    return name, mutant, how


def survivors(results: list[list[str]]) -> set[tuple[str, str]]:
    return {(name, mutant) for name, mutant, how in results if how == "survived"}


def summary(results: list[tuple[str, str, str]]) -> list[str]:
    """How many of each module were killed; then those that were not."""
    counted = Counter((name, how) for name, _, how in results)
    lines = [
        f"{name}: " + ", ".join(f"{counted[name, how]} {how}" for how in ("killed", "timed out", "survived"))
        for name in dict.fromkeys(name for name, _, _ in results)
    ]
    return lines + [f"{name}.{mutant}" for name, mutant, how in sorted(results) if how == "survived"]


if __name__ == "__main__":
    sys.exit(main())
