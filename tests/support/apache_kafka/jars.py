"""The jars of Apache Kafka, resolved by Maven from the pinned `pom.xml` into a cache that git ignores.

Whatever is missing is an error that says so: nobody who asked for Apache Kafka is told that all is well without it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from goldenthread.launcher.lock import hold

POM = Path(__file__).with_name("pom.xml")
CACHE = Path(__file__).parents[3] / ".cache" / "apache-kafka"
_OLDEST_JAVA = 17
_PATIENCE = 600


class ApacheKafkaUnavailable(Exception):
    """Apache Kafka cannot be run here; says what is missing."""


def java() -> Path:
    """The Java to run it with. Raises ApacheKafkaUnavailable when there is none, or only an old one."""
    found = shutil.which("java")
    if found is None:
        raise ApacheKafkaUnavailable(f"Apache Kafka needs Java {_OLDEST_JAVA} or newer; no `java` was found")
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False, timeout=60).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < _OLDEST_JAVA:
        first = (told.splitlines() or ["nothing"])[0]
        raise ApacheKafkaUnavailable(f"Apache Kafka needs Java {_OLDEST_JAVA} or newer; {found} says: {first}")
    return Path(found)


def jars(pom: Path = POM, cache: Path = CACHE) -> Path:
    """The folder of every jar `pom` names; resolved once per content of `pom`. Raises ApacheKafkaUnavailable."""
    folder = cache / hashlib.sha256(pom.read_bytes()).hexdigest()[:16]
    with hold(cache / "lock", _PATIENCE):  # the halves of a run need them at once
        if not folder.is_dir():
            _resolve(pom, folder)
    return folder


def _resolve(pom: Path, folder: Path) -> None:
    """Resolve beside the final name and rename when complete, so that an interrupted run leaves no half cache."""
    maven = shutil.which("mvn")
    if maven is None:
        raise ApacheKafkaUnavailable("Apache Kafka's jars are resolved by Maven; no `mvn` was found")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as making:
        target = Path(making) / "jars"
        command = [maven, "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
        options = [f"-DoutputDirectory={target}", "-DincludeScope=runtime"]
        ran = subprocess.run([*command, *options], capture_output=True, text=True, check=False, timeout=_PATIENCE)
        if ran.returncode != 0:
            raise ApacheKafkaUnavailable(f"Maven could not resolve {pom}:\n{ran.stdout}{ran.stderr}")
        if not any(target.glob("kafka_2.13-*.jar")):
            raise ApacheKafkaUnavailable(f"Maven resolved {pom}, but there is no broker among its jars")
        target.rename(folder)
