"""`docs/settings.md` is what the settings say, and says something about each."""

from __future__ import annotations

import pytest

from goldenthread.launcher.settings_page import PAGE, Setting, own, page
from goldenthread.launcher.topology import PROCESSES
from goldenthread.runtime.configuration.settings import DatabaseSettings, ProcessSettings

KINDS: tuple[type[ProcessSettings], ...] = (
    ProcessSettings,
    DatabaseSettings,
    *(process.settings for process in PROCESSES),
)
EVERY = [setting for kind in KINDS for setting in own(kind)]


def test_the_page_is_what_the_settings_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m goldenthread.launcher.settings_page"


@pytest.mark.parametrize("setting", EVERY, ids=lambda setting: setting.variable)
def test_every_setting_says_what_it_means(setting: Setting) -> None:
    assert len(setting.meaning) > 20, "write a docstring below the field"
    assert setting.meaning.endswith(".")
    assert "|" not in setting.meaning
