"""An import takes no more memory than `memory_bound` says, whatever the shape of its file."""

from __future__ import annotations

import gc
import re
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from goldenthread import exchange
from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.plan import Plan, PlanFormat
from goldenthread.contracts.read_api import StreamPosition
from goldenthread.exchange.plans.size_limits import count_entries
from goldenthread.runtime.clock import new_id
from services.goals import facts_to_events
from services.goals.domain.decision import DecisionContext
from services.goals.domain.merge_base import MergeBase
from services.goals.imports import computation, earlier_files
from services.goals.imports.import_file import ReadFile
from services.goals.imports.memory_bound import LARGEST, most_memory
from services.goals.imports.run_progress import RunProgress
from services.goals.imports.source_loading import ImportSource
from tests.support.entities import T0
from tests.unit.goals.import_harness import ImportHarness, after

pytestmark = pytest.mark.slow


_ROWS = 600
_LONG = "word " * 400


def _sheet(header: str, first: str, row: str, rows: int = _ROWS) -> str:
    return "\n".join([header, *([first] if first else []), *(row.replace("#", str(number)) for number in range(rows))])


_RESULTS = (
    "Row ID,Type,Title,Description,Parent,Entity,Because,Start Value,Target Value,Current Value,Measure Unit,Direction,"
    "Status,Readings,Weight"
)
_GOALS = "Row ID,Type,Title,Description,Parent,Entity,Because,Start Date,End Date,Time Period,Status"
SHAPES = {
    "short rows": _sheet("Type,Title", "", "O,#"),
    "short rows with parents": _sheet("Row ID,Type,Title,Parent", "r,O,r,", "#,O,a,r"),
    "key results": _sheet(_RESULTS, "r,O,r,,,,,,,,,,,,", "#,KR,T #,d,r,U,b,#,9#,5#,m#,increase,on track,2026-01-05 #,"),
    "objectives": _sheet(_GOALS, "r,O,r,,,,,,,,", "#,O,T #,d #,r,U#;V,b #,2026-01-01,2026-03-31,Q1 2026,on track"),
    "many parents": _sheet(
        "Row ID,Type,Title,Parent", "\n".join(f"r{n},O,r," for n in range(9)), "#,O,a,r0|r1|r2|r3|r4|r5|r6|r7|r8", 150
    ),
    "long descriptions": _sheet("Row ID,Type,Title,Description", "", f"#,O,a,{_LONG}#", 100),
    "long becauses": _sheet("Row ID,Type,Title,Parent,Because", "r,O,r,,", f"#,O,a,r,{_LONG}#", 100),
}
for _format in (PlanFormat.JSON, PlanFormat.STRATML):
    SHAPES[f"objectives in {_format}"] = exchange.write(exchange.read(SHAPES["objectives"]), _format)


@pytest.fixture(autouse=True)
def measured() -> Iterator[None]:
    _imported(ImportHarness(), SHAPES["key results"], MergeBase())  # what is made once is no part of an import
    gc.collect()
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize("shape", SHAPES)
def test_an_import_stays_within_its_bound(shape: str) -> None:
    text, harness = SHAPES[shape], ImportHarness()
    for memory in (MergeBase(), None):
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        plan, computed = _imported(harness, text, memory if memory is not None else harness.merge_bases["file"])
        answer, decision = computation.with_events(computed), computed.decision
        bound = most_memory(len(plan.rows), sum(map(count_entries, plan.rows)), len(text.encode()))
        del plan, computed
        remembered, facts = after(memory or MergeBase(), decision), len(decision.facts)
        del decision
        body = msgspec.json.encode(answer)
        taken = tracemalloc.get_traced_memory()[1] - before
        assert taken < bound, f"{taken / len(text):.0f} times the file, and {bound / len(text):.0f} are the bound"
        harness.merge_bases["file"], harness.head = remembered, harness.head + facts
        del answer, body


def test_the_largest_file_fits_into_a_container_of_goals() -> None:
    deployed = (Path(__file__).parents[4] / "deploy/k8s/base/goals.yaml").read_text(encoding="utf-8")
    limits = [int(each) * 2**20 for each in re.findall(r"memory: (\d+)Mi", deployed)]
    assert 0.8 * max(limits) > LARGEST


def _imported(harness: ImportHarness, text: str, memory: MergeBase) -> tuple[Plan, computation.ComputedImport]:
    """As goals reads and computes an import."""
    plan = exchange.read(text)
    context = DecisionContext(actor=harness.admin, now=T0, new_id=new_id, next_sequence=harness.head + 1)
    interpreted: Any = SimpleNamespace(read=ReadFile(plan, earlier_files.digest(plan)), words_changed=False)
    origin = facts_to_events.Origin("org_a", harness.admin, T0)
    base = computation.ImportSnapshot(
        "org_a",
        harness.org,
        StreamPosition(harness.head, "before"),
        context,
        origin,
        interpreted,
        ImportSource("file", memory),
    )
    job: Any = SimpleNamespace(
        command=ImportPlan(source="file", content=""),
        request=SimpleNamespace(key="key"),
        progress=RunProgress("org_a", "import_a", None, None),
    )
    return plan, computation.compute(base, job)
