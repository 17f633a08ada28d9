"""The pages of `docs/runbooks`: their sections, checks, expressions and commands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.alert_rules import RUNBOOKS

HEADINGS = ("What it means", "First three checks", "How to fix it")
_FENCED = re.compile(r"^ *```(\w+)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<!`)`((?:kubectl|goldenthread) [^`]+)`")


@dataclass(frozen=True)
class RunbookPage:
    """One page; its name is that of the alert."""

    path: Path
    text: str

    def __str__(self) -> str:
        return self.path.stem

    @property
    def headings(self) -> tuple[str, ...]:
        """Those below the title, in their order."""
        return tuple(re.findall(r"^## (.+)$", self.text, re.MULTILINE))

    def section(self, heading: str) -> str:
        """The text below a heading."""
        return self.text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0].strip()

    @property
    def checks(self) -> list[str]:
        """The numbered items of the section of checks."""
        return re.split(r"^\d+\. ", self.section(HEADINGS[1]), flags=re.MULTILINE)[1:]

    @property
    def expressions(self) -> list[str]:
        """What is to be typed into Prometheus."""
        return [text for language, text in _FENCED.findall(self.text) if language == "promql"]

    @property
    def commands(self) -> list[str]:
        """What is to be typed into a shell, one command each."""
        blocks = [text for language, text in _FENCED.findall(self.text) if language == "sh"]
        inline = [" ".join(each.split()) for each in _INLINE.findall(_FENCED.sub("", self.text))]
        return [line.strip() for text in blocks for line in text.splitlines()] + inline


def runbook_pages() -> list[RunbookPage]:
    """All of them, without the list of pages."""
    files = sorted(each for each in RUNBOOKS.glob("*.md") if each.name != "README.md")
    return [RunbookPage(each, each.read_text(encoding="utf-8")) for each in files]
