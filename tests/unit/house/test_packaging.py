"""The package is complete, and its version is the same everywhere."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from goldenthread import __version__
from tests.support.built_wheel import build_wheel
from tests.unit.house.source import PRODUCT, ROOT

_VERSIONED_PAGES = ("deploy/k8s/README.md", "deploy/k8s/components/migrations/README.md")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in the wheel."""
    with zipfile.ZipFile(build_wheel(tmp_path_factory.mktemp("dist"))) as wheel:
        return set(wheel.namelist())


def test_the_wheel_has_every_file_of_the_product_and_no_other(packed: set[str]) -> None:
    """Migrations, schemas, examples, the pages of GraphiQL and the demo's company are read beside the code."""
    files = {path for folder in PRODUCT for path in (ROOT / folder).rglob("*") if path.is_file()}
    expected = {path.relative_to(ROOT).as_posix() for path in files if "__pycache__" not in path.parts}
    assert {Path(name).suffix for name in expected} >= {".py", ".sql", ".json", ".graphql", ".js", ".css", ".csv"}
    assert {name for name in packed if ".dist-info/" not in name} == expected


def test_the_wheel_says_the_version_and_the_licence(packed: set[str]) -> None:
    said = {name for name in packed if ".dist-info/" in name}
    assert {name.split("/")[0] for name in said} == {f"goldenthread-{__version__}.dist-info"}
    assert f"goldenthread-{__version__}.dist-info/licenses/LICENSE" in said


def test_the_newest_section_of_the_changelog_is_of_this_version() -> None:
    sections = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert sections[0] == __version__


@pytest.mark.parametrize("page", _VERSIONED_PAGES)
def test_commands_on_pages_of_deployments_name_this_version(page: str) -> None:
    """The manifests themselves are compared by `tests/deploy`."""
    named = re.findall(
        r"(?:goldenthread:|ref=v|goldenthread-migrate\.)(\d+\.\d+\.\d+)", (ROOT / page).read_text("utf-8")
    )
    assert named
    assert set(named) == {__version__}
