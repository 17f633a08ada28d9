"""Two revisions of the source, run with the same virtual environment."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_PACKAGES = ("goldenthread", "services.alignment", "gateway")
_WHERE = f"import {', '.join(_PACKAGES)}; print(*({', '.join(f'{each}.__file__' for each in _PACKAGES)},), sep='\\n')"


class SourceTree:
    """A checkout, from which a process imports our packages when it is started with these `variables`."""

    def __init__(self, root: Path = _ROOT) -> None:
        self.root = root.resolve()

    @property
    def variables(self) -> Mapping[str, str]:
        """To be added to a process's environment. `PYTHONPATH` stands before the installed packages, also with `-P`."""
        return {"PYTHONPATH": str(self.root)}

    def imported(self) -> list[Path]:
        """The files of our packages. Raises RuntimeError when a process would import one from another tree."""
        files = [Path(each).resolve() for each in self._python("-c", _WHERE).split()]
        for file in files:
            if not file.is_relative_to(self.root):
                raise RuntimeError(f"{file} would be imported, which is not in {self.root}")
        return files

    def prepare(self) -> None:
        """Compile the engine. Raises RuntimeError when a process would import packages of another tree."""
        self.imported()
        self._python("-m", "services.alignment.precompile")

    def _python(self, *arguments: str) -> str:
        command = (sys.executable, "-P", *arguments)
        environment = {**os.environ, **self.variables}
        return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def checked_out(revision: str) -> Iterator[SourceTree]:
    """The tree of a revision of this repository, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="goldenthread-tree-") as folder:
        path = Path(folder) / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(path), revision)
        try:
            yield SourceTree(path)
        finally:
            _git("worktree", "remove", "--force", str(path))


def _git(*arguments: str) -> None:
    subprocess.run(("git", "-C", str(_ROOT), *arguments), check=True)
