"""Saves of a projection."""

from __future__ import annotations

import random
from collections.abc import Sequence

from goldenthread.contracts.secret import Secret
from goldenthread.runtime.identity.caller import Caller
from goldenthread.runtime.identity.verifier import Verifier
from goldenthread.runtime.projection import (
    Checkpoint,
    Commit,
    CommitOutput,
    Save,
)
from tests.support.simulation.faults import Faults
from tests.support.simulation.folding import ChainFold, State
from tests.support.simulation.streams import GOALS, Goals


class Services(Verifier):
    """Everybody is a service."""

    def __init__(self) -> None: ...

    async def caller(self, authorization: str | None, organization: str | None = None) -> Caller:
        return Caller("tests", None, True, Secret("token"))


def goals(*commits: int) -> list[Commit]:
    made = Goals(("ash",), Faults(random.Random(0), calm=True))
    for count in commits:
        made.write("ash", count)
    return made.streams["ash"].commits()


def save(commits: Sequence[Commit], *, before: Save[State] | None = None, version: int = 1) -> Save[State]:
    """What a member saves that has folded `commits`, after what it saved before."""
    fold = ChainFold(version)
    state = before.state if before else fold.new("ash")
    outputs = [CommitOutput(each, payloads) for each in commits if (payloads := fold.apply(state, each))]
    checkpoint = Checkpoint({GOALS: commits[-1].end}, version)
    return Save("ash", before.checkpoint if before else None, checkpoint, state, tuple(outputs), before is None)
