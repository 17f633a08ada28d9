"""`docs/signin/keycloak.md`, of which the commands are run as they are written there."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Mapping
from pathlib import Path

PAGE = Path(__file__).parents[4] / "docs" / "signin" / "keycloak.md"
_BLOCK = r"^```{}\n(.*?)^```$"
_PATIENCE = 300


def blocks(heading: str, kind: str = "sh") -> list[str]:
    """The blocks of a kind below a heading of the page (those before the first heading, for none)."""
    block = re.compile(_BLOCK.format(kind), re.MULTILINE | re.DOTALL)
    sections = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.MULTILINE | re.DOTALL))
    found = block.findall(sections[heading] if heading else PAGE.read_text().partition("\n## ")[0])
    assert found, f"{PAGE} has no block of {kind} below {heading!r}"
    return found


async def run(commands: str, folder: Path, variables: Mapping[str, str]) -> str:
    """What commands print, run by bash in `folder`."""
    told = {**os.environ, "HOME": str(folder), **variables}
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", commands),
        cwd=folder,
        env=told,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, errors = await asyncio.wait_for(process.communicate(), _PATIENCE)
    assert process.returncode == 0, f"{commands}\n{said.decode()}{errors.decode()}"
    return said.decode()


def settings(commands: str) -> dict[str, str]:
    """The variables `GOLDENTHREAD_…` that a block sets, as bash reads them; `$KEYCLOAK` is left as it is."""
    return dict(re.findall(r'^(GOLDENTHREAD_\w+)="?(.*?)"?$', commands, re.MULTILINE))
