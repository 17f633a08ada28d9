"""What tests install from a registry is installed once, however many processes of a run need it at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.apache_kafka.jars import jars
from tests.support.openid.oidc_provider.package_files import program

NPM = "#!/bin/sh\necho npm >> {log}\nsleep 0.2\n"
MAVEN = """#!/bin/sh
echo maven >> {log}
for option in "$@"; do
  case "$option" in -DoutputDirectory=*) mkdir -p "${{option#*=}}"; touch "${{option#*=}}/kafka_2.13-0.jar";; esac
done
sleep 0.2
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Which of the two programs ran, a line each; both are pretended."""
    log = tmp_path / "log"
    for name, text in (("npm", NPM), ("mvn", MAVEN)):
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text.format(log=log))
        file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return log


def test_the_openid_provider(log: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(program, [tmp_path / "cache"] * 3))
    assert [each.is_file() for each in found] == [True] * 3
    assert log.read_text().split() == ["npm"]


def test_the_jars_of_apache_kafka(log: Path, tmp_path: Path) -> None:
    pom = tmp_path / "pom.xml"
    pom.write_text("<project/>")
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda _: jars(pom, tmp_path / "cache"), range(3)))
    assert [any(each.glob("*.jar")) for each in found] == [True] * 3
    assert log.read_text().split() == ["maven"]
