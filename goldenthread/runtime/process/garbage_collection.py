"""Python's search for cyclic garbage, for processes that hold much for long: often a little, hardly ever everything."""

from __future__ import annotations

import gc

_YOUNG, _MIDDLE, _ALL = 10_000, 5, 1_000
"""Objects made before the youngest are searched (a millisecond), such searches before the next generation is (some
five), and those before everything may be: that stops the process for a second where millions of objects live.
"""


def configure() -> None:
    """From now on no search stops the process for long; what is there already is not searched any more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _ALL)
