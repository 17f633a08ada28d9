"""The package from npm, installed as `package-lock.json` says into a cache that git ignores.

Whatever is missing is an error that says so: nobody who asked for the provider is told that all is well without it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from goldenthread.launcher.lock import hold

HERE = Path(__file__).parent
PROGRAM, PACKAGE, LOCK = (HERE / name for name in ("provider.js", "package.json", "package-lock.json"))
CACHE = HERE.parents[3] / ".cache" / "oidc-provider"
_OLDEST_NODE = 20
_PATIENCE = 300


class OidcProviderUnavailable(Exception):
    """The provider cannot be run here; says what is missing."""


def node() -> Path:
    """The Node.js to run it with. Raises OidcProviderUnavailable when there is none, or only an old one."""
    found = shutil.which("node")
    if found is None:
        raise OidcProviderUnavailable(f"oidc-provider needs Node.js {_OLDEST_NODE} or newer; no `node` was found")
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False, timeout=60).stdout.strip()
    version = re.match(r"v(\d+)", told)
    if version is None or int(version[1]) < _OLDEST_NODE:
        raise OidcProviderUnavailable(f"oidc-provider needs Node.js {_OLDEST_NODE} or newer; {found} is {told}")
    return Path(found)


def program(cache: Path = CACHE) -> Path:
    """The program, beside the packages it needs; installed once for each content of these files."""
    named = hashlib.sha256(b"".join(file.read_bytes() for file in (PROGRAM, PACKAGE, LOCK))).hexdigest()[:16]
    folder = cache / named
    with hold(cache / "lock", _PATIENCE):  # the halves of a run need it at once
        if not folder.is_dir():
            _install(folder)
    return folder / PROGRAM.name


def _install(folder: Path) -> None:
    """Install beside the final name and rename when complete, so that an interrupted run leaves no half cache."""
    npm = shutil.which("npm")
    if npm is None:
        raise OidcProviderUnavailable("oidc-provider is installed by npm; no `npm` was found")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as making:
        target = Path(making) / "package"
        target.mkdir()
        for file in (PROGRAM, PACKAGE, LOCK):
            shutil.copy(file, target)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False, timeout=_PATIENCE)
        if done.returncode:
            raise OidcProviderUnavailable(f"npm could not install oidc-provider:\n{done.stdout}{done.stderr}")
        target.rename(folder)
