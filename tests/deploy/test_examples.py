"""What the READMEs tell people to write in an overlay of their own renders, fits its schemas, and changes something.

Kustomize says nothing of a patch whose target is not there.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.deploy import kustomize
from tests.deploy.kustomize import DEPLOY
from tests.deploy.manifests import Render
from tests.deploy.rules import RULES
from tests.deploy.validation import VERSIONS, problems

_BLOCK = re.compile(r"^(?P<indent> *)```yaml\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_DEPLOYED = "//deploy/k8s/"
_LISTS = ("patches", "configMapGenerator", "images", "replicas")


class Example(NamedTuple):
    """A kustomization, or a part of one, as a README shows it."""

    place: str
    said: Mapping[str, Any]

    @property
    def whole(self) -> bool:
        """Whether it is all of a kustomization."""
        return self.said.get("kind") == "Kustomization"

    def taken(self, key: str) -> list[str]:
        """What of `deploy/k8s` it takes as `resources` or `components`."""
        return [urlsplit(each).path.partition(_DEPLOYED)[2] for each in self.said.get(key) or () if "://" in each]

    @property
    def parts(self) -> list[str]:
        """The components that it is with: those that it takes, or, in a component's README, all of them; without that
        one where settings are told that stand in its place, since those of a component win.
        """
        if not self.place.startswith("components/"):
            return [each.removeprefix("components/") for each in self.taken("components")]
        own = self.place.split("/")[1] if "configMapGenerator" in self.said else None
        return [each for each in (*kustomize.FIRST, *kustomize.in_any_order()) if each != own]

    def rendered(self, without: tuple[str, int] | None = None) -> Render:
        """One entry of a list may be left out."""
        said = {key: value for key, value in self.said.items() if key not in ("resources", "components")}
        if without is not None:
            said[without[0]] = [each for number, each in enumerate(said[without[0]]) if number != without[1]]
        found = kustomize.composed(self.place, self.parts, said)
        assert isinstance(found, Render), f"{self.place}: {found}"
        return found


def _examples() -> list[Example]:
    found = []
    for file in sorted(DEPLOY.rglob("*.md")):
        for number, block in enumerate(_BLOCK.finditer(file.read_text()), 1):
            for said in kustomize.parsed(textwrap.dedent(block["text"])):
                if said.get("kind", "Kustomization") == "Kustomization":
                    found.append(Example(f"{file.relative_to(DEPLOY)}-{number}", said))
    return found


EXAMPLES = _examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.place)
def test_an_example_renders_and_each_part_of_it_changes_something(example: Example) -> None:
    whole = _bodies(example.rendered())
    for key in _LISTS:
        for number in range(len(example.said.get(key) or ())):
            assert _bodies(example.rendered((key, number))) != whole, f"{key}, number {number}, changes nothing"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each.place)
def test_what_an_example_makes_fits_its_schemas(example: Example) -> None:
    render = example.rendered()
    wrong = [f"{each}: {text}" for each in render.objects for version in VERSIONS for text in problems(each, version)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.whole], ids=lambda each: each.place)
def test_a_whole_example_takes_this_version_and_keeps_the_rules(example: Example) -> None:
    """As an overlay; with names of others in the place of what only its reader knows."""
    for key in ("resources", "components"):
        for each in example.said.get(key) or ():
            if "://" in each:
                assert parse_qs(urlsplit(each).query)["ref"] == [f"v{metadata.version('goldenthread')}"], each
    assert "base" in example.taken("resources")
    render = Render("overlays/example", example.rendered().objects)
    wrong = [str(each) for rule in RULES if rule.name not in _NOT_OF_EXAMPLES for each in rule.problems(render)]
    assert not wrong, "\n".join(wrong)


_NOT_OF_EXAMPLES = ("objects_of_an_overlay_are_in_its_namespace", "images_say_the_version")
"""An example's Namespace is made before, and its image is one by digest."""


def test_addresses_of_databases_say_who_vouches_for_the_server() -> None:
    """asyncpg, asked to verify, knows no authority of its own: it looks for a file in a home that pods do not have."""
    for file in sorted(Path(DEPLOY).rglob("*")):
        if file.suffix in (".md", ".yaml", ".env", ".sh"):
            for url in re.findall(r"postgresql://[^\s`'\"]+", file.read_text()):
                assert "sslmode=verify" not in url or "sslrootcert=" in url, f"{file.relative_to(DEPLOY)}: {url}"


def _bodies(render: Render) -> list[Any]:
    return [each.body for each in render.objects]
