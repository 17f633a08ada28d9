"""The engine where the code cannot be written to, as in a container: a read-only root, and a user without a home."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from numba.core.caching import _CacheLocator

from services.alignment.domain.verdict import cache_folder as module
from services.alignment.domain.verdict import compiled
from services.alignment.domain.verdict.cache_folder import cache_folder

ROOT = Path(__file__).parents[3]
ENGINE = Path(compiled.__file__).parent.relative_to(ROOT)
COUNTING = """
import gc
from numba.core.dispatcher import Dispatcher
from services.alignment.precompile import precompile
precompile()
stats = [each.stats for each in gc.get_objects() if isinstance(each, Dispatcher)]
print(sum(sum(each.cache_hits.values()) for each in stats), sum(sum(each.cache_misses.values()) for each in stats))
"""
UNCOMPILED = """
import gc
from numba.core.dispatcher import Dispatcher
from services.alignment import app
from services.alignment.domain.verdict import compiled
from services.alignment.precompile import precompile
precompile()
kept = [each for each in gc.get_objects() if isinstance(each, Dispatcher) and type(each._cache) is compiled._Cache]
print(len(kept), *(each.py_func.__name__ for each in kept if not each.signatures))
"""
_DROP, _WRITE_ANYWHERE = 24, 1
"""PR_CAPBSET_DROP and CAP_DAC_OVERRIDE, of Linux."""


def obey_permissions() -> None:
    """From here on root, too, is refused what a file's permissions say."""
    if os.geteuid() == 0 and ctypes.CDLL(None, use_errno=True).prctl(_DROP, _WRITE_ANYWHERE, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "root cannot give up its right to write everywhere")


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """The installed packages with their compiled engine, in folders that cannot be written to."""
    place = tmp_path / "app"
    for package in ("goldenthread", "services"):
        shutil.copytree(ROOT / package, place / package, ignore=shutil.ignore_patterns("__pycache__"))
    # Numba files what it compiled under the path of its source, which is another one here.
    caches = ROOT / ENGINE / "__pycache__"
    target = place / ENGINE / "__pycache__"
    subpath = _CacheLocator.get_suitable_cache_subpath
    names = [subpath(str(each / ENGINE / "x.py")) for each in (ROOT, place)]  # type: ignore[no-untyped-call]
    for engine in caches.glob("engine-*"):
        if (engine / names[0]).is_dir():
            shutil.copytree(engine / names[0], target / engine.name / names[1])
    folders = [place, *(each for each in place.rglob("*") if each.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    yield place
    for folder in folders:
        folder.chmod(0o755)


def run(code: str, place: Path, temporary: Path, **more: str) -> str:
    """What Python prints that may write to `temporary` alone."""
    temporary.mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1", **more}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place,
        env={**environment, "PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        timeout=200,
        preexec_fn=obey_permissions,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_is_compiled_where_an_image_brings_the_compiled_engine(read_only: Path, tmp_path: Path) -> None:
    no_folder = tmp_path / "file"
    no_folder.touch()
    for start in ("the first start", "a restart"):
        loaded, compiled_anew = run(COUNTING, read_only, tmp_path / "tmp", HOME=str(no_folder / "home")).split()
        assert int(loaded) > 5, start
        assert int(compiled_anew) == 0, start
    assert len(list((tmp_path / "tmp").iterdir())) == 1


def test_whatever_a_process_calls_is_compiled_ahead(read_only: Path, tmp_path: Path) -> None:
    """Else every start of an image compiles it again, when it is called first."""
    functions, *uncompiled = run(UNCOMPILED, read_only, tmp_path / "tmp", HOME="/nowhere").split()
    assert int(functions) > 10
    assert uncompiled == []


def test_a_user_that_is_in_no_list_of_users_has_a_cache(tmp_path: Path) -> None:
    beside = tmp_path / "code" / "__pycache__"
    beside.mkdir(parents=True)
    beside.chmod(0o555)
    code = f"""
import os, pathlib
def nobody(): raise RuntimeError("Could not determine home directory.")
pathlib.Path.home = nobody
from services.alignment.domain.verdict.cache_folder import cache_folder
print(cache_folder(pathlib.Path({str(beside)!r}), "engine"))
"""
    found = Path(run(code, ROOT, tmp_path / "tmp").strip())
    assert found == tmp_path / "tmp" / f"goldenthread-{os.getuid()}" / "engine"


def test_machine_code_is_not_loaded_from_a_folder_of_another_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(module, "_writable", lambda folder: False)
    theirs = tmp_path / f"goldenthread-{os.getuid()}"
    theirs.mkdir()
    theirs.chmod(0o777)
    (theirs / "engine").mkdir()
    assert theirs not in cache_folder(tmp_path / "code", "engine").parents
    theirs.rename(tmp_path / "elsewhere")
    theirs.symlink_to(tmp_path / "elsewhere")
    assert theirs not in cache_folder(tmp_path / "code", "engine").parents


@pytest.mark.parametrize("ending", [".nbc", ".nbi"])
def test_what_is_damaged_in_the_compiled_engine_is_compiled_again(read_only: Path, tmp_path: Path, ending: str) -> None:
    damaged = next((read_only / ENGINE).rglob(f"graph_edits.put_node*{ending}"))
    damaged.write_bytes(damaged.read_bytes()[:-1000])
    for start, anew in (("the first start", True), ("a restart", False)):
        _, compiled_anew = run(COUNTING, read_only, tmp_path / "tmp", HOME="/nowhere").split()
        assert (int(compiled_anew) > 0) is anew, start


@pytest.mark.parametrize("full", ["before", "after"])
def test_the_engine_is_used_where_nothing_more_can_be_written(read_only: Path, tmp_path: Path, full: str) -> None:
    """On a disk that is full before the engine is copied, or after that."""
    code = f"""
import colorsys, resource, signal
def fill(): resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
{"fill()" if full == "before" else ""}
from services.alignment.domain.verdict import graph_edits
from services.alignment.domain.verdict.compiled import entry
fill()
print(entry(colorsys.rgb_to_yiq)(1.0, 1.0, 1.0)[0])
"""
    assert float(run(code, read_only, tmp_path / "tmp", HOME="/nowhere")) == pytest.approx(1)
