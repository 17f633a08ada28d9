from __future__ import annotations

import hashlib
import re

from gateway.http import explorer

VENDOR = explorer._HERE / "vendor"


def test_every_bundled_file_is_the_released_one_its_readme_names() -> None:
    rows = re.findall(r"^\| (\S+) \| \S+ \| ([0-9a-f]{64}) \|$", (VENDOR / "README.md").read_text(), re.MULTILINE)
    found = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in VENDOR.glob("*.min.*")}
    assert dict(rows) == found


def test_the_page_loads_nothing_from_another_host() -> None:
    for file in ("index.html", "page.css", "page.js"):
        text = (explorer._HERE / file).read_text()
        assert re.findall(r"https?://", text) == []
    page = (explorer._HERE / "index.html").read_text()
    for path in re.findall(r'(?:src|href)="(/graphql/explorer/[^"]+)"', page):
        assert (explorer._HERE / path.removeprefix("/graphql/explorer/")).is_file()
    assert "default-src 'self'" in explorer.page().headers["content-security-policy"]
