"""What fits a setting is said in words that a person understands."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.configuration.setting_descriptions import accepted_values
from goldenthread.runtime.configuration.settings import DatabaseUrl


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        (Annotated[int, Meta(ge=1, le=65_535)] | None, "a whole number from 1 to 65535"),
        (Annotated[int, Meta(ge=4)], "a whole number of at least 4"),
        (Annotated[float, Meta(gt=0)], "a number above 0"),
        (int, "a whole number"),
        (bool, "`true` or `false`"),
        (Literal["on", "off"], "`on` or `off`"),
        (Literal["PLAIN", "SSL", "SASL"] | None, "`PLAIN`, `SSL` or `SASL`"),
        (Literal["all"], "`all`"),
        (str | None, "text"),
        (Secret | None, "a secret"),
        (DatabaseUrl, "a secret"),
    ],
    ids=str,
)
def test_what_fits_is_said(hint: Any, words: str) -> None:
    assert accepted_values(hint) == words


def test_a_type_without_words_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError, match="is said nowhere"):
        accepted_values(list[str])
