"""Keycloak as it is downloaded by everybody, from Maven Central into a cache that git ignores.

Whatever is missing is an error that says so: nobody who asked for Keycloak is told that all is well without it.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

from tests.support.apache_kafka.jars import ApacheKafkaUnavailable, java

VERSION = "26.7.3"
_SHA256 = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f"
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
_CACHE = Path(__file__).parents[4] / ".cache" / "keycloak"
_BUILD = ("--db=dev-mem", "--cache=local")
"""Its database is in memory: each start begins with an empty one."""
_PATIENCE = 600


class KeycloakUnavailable(Exception):
    """Keycloak cannot be run here; says what is missing."""


def distribution(cache: Path = _CACHE) -> Path:
    """The folder of Keycloak, unpacked and built once. Raises KeycloakUnavailable."""
    try:
        java()
    except ApacheKafkaUnavailable as error:
        raise KeycloakUnavailable(f"Keycloak needs a Java: {error}") from error
    folder = cache / VERSION
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as making:
            _made(Path(making)).rename(folder)
    return folder


def _made(place: Path) -> Path:
    """Beside the final name, so that an interrupted run leaves no half cache."""
    maven = shutil.which("mvn")
    if maven is None:
        raise KeycloakUnavailable("Keycloak is fetched by Maven; no `mvn` was found")
    wanted = f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
    _run([maven, "-q", "-B", f"{_PLUGIN}:copy", wanted, f"-DoutputDirectory={place}"])
    (archive,) = place.glob("*.zip")
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != _SHA256:
        raise KeycloakUnavailable(f"{archive.name} is not the file that is expected: its SHA-256 is {found}")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(place)
    folder = place / f"keycloak-{VERSION}"
    for script in (folder / "bin").glob("*.sh"):
        script.chmod(0o755)
    _run([folder / "bin" / "kc.sh", "build", *_BUILD])
    return folder


def _run(command: list[str | Path]) -> None:
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE)
    if ran.returncode:
        raise KeycloakUnavailable(f"{command[0]} failed:\n{ran.stdout}{ran.stderr}")
