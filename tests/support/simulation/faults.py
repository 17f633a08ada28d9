"""What goes wrong, when and how often: all of it from one seed."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass


class Away(ConnectionError):
    """A database or an upstream that did not answer; whether it did what was asked is unknown."""


@dataclass
class Faults:
    """`calm` switches everything off, for the end of a run."""

    random: random.Random
    error: float = 0.04
    lose: float = 0.06
    double: float = 0.06
    delay: float = 0.15
    corrupt: float = 0.01
    mislead: float = 0.2
    calm: bool = False

    def happens(self, chance: float) -> bool:
        return not self.calm and self.random.random() < chance

    async def wait(self) -> None:
        """The time a call takes: usually short, sometimes long."""
        await asyncio.sleep(self.random.choice((0, 0.001, 0.005, 0.02)) if not self.happens(0.03) else 2.0)

    async def call(self) -> None:
        """Before or after the work of a call: it takes time, and may fail."""
        await self.wait()
        if self.happens(self.error):
            raise Away
