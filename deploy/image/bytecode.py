"""`python bytecode.py`: compiles to bytecode whatever the four processes and the command line import, for the image.

Python's own library is part of that: official images have no bytecode of it. The bytecode is not compared with the
times of its source files, which change on the way through registries; in an image no source file changes.
"""

from __future__ import annotations

import py_compile
import sys
from importlib import import_module

from services.alignment.precompile import precompile

STARTED = (
    "goldenthread.cli",
    "services.goals.app",
    "services.alignment.app",
    "services.notifications.app",
    "gateway.app",
)
"""What is imported before a process or a command does its work."""


def main() -> None:
    """Import everything, and compile the file of each module."""
    for name in STARTED:
        import_module(name)
    precompile()  # numba imports a part of itself when it loads a function
    files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
    for file in sorted(files):
        if file.endswith(".py") and file != __file__:
            py_compile.compile(file, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)


if __name__ == "__main__":
    main()
