"""The benchmarks run; what they measure is for people to read, and gates nothing."""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import __main__, _paired, _processor_time, _source_trees, _table, hostile, turns
from benchmarks._bystander import WaitTimes
from benchmarks._source_trees import SourceTree


def test_every_benchmark_is_found_by_its_name() -> None:
    assert __main__.NAMES == [
        "capacity",
        "cold",
        "cpu",
        "engine",
        "heads",
        "hostile",
        "import",
        "loading",
        "organizations",
        "pipeline",
        "receivers",
        "relay",
        "sizing",
        "startup",
        "telemetry",
        "telling",
        "tokens",
        "turns",
        "years",
    ]


def test_turns_are_measured_in_a_small_organization() -> None:
    found = turns.measure(goals=2_000)
    assert found["goals"] == 2_000
    assert found["turns of the root"] > 0
    assert all(value >= 0 for value in found.values())


def test_a_benchmark_prints_its_numbers_or_a_table_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def plain() -> dict[str, float]:
        return {"seconds": 1.5}

    asked: list[list[str]] = []
    modules = {
        "benchmarks.startup": SimpleNamespace(measure=plain),
        "benchmarks.turns": SimpleNamespace(main=asked.append),
    }
    monkeypatch.setattr(__main__, "import_module", modules.__getitem__)
    __main__.main(["startup", "--json"])
    assert json.loads(capsys.readouterr().out) == {"seconds": 1.5}
    __main__.main(["startup"])
    assert capsys.readouterr().out.split() == ["seconds", "1.50"]
    __main__.main(["turns", "--json", "--nodes", "5"])
    assert asked == [["--json", "--nodes", "5"]]


def test_a_row_tells_throughput_percentiles_and_how_many_times_faster_ours_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ours = _table.row_of("realistic", 1000, _table.OURS, [1000] * 98 + [51_000] * 2)
    peer = _table.row_of("realistic", 1000, "a peer", [4_000_000])
    alone = _table.row_of("flip", 1000, "a peer", [1_000])
    assert (ours.events_per_s, ours.p50_us, ours.p99_us) == (500_000.0, 1.0, 51.0)
    rows = _table.with_ratios([ours, peer, alone])
    assert [row.ratio for row in rows] == [1.0, 2000.0, None]
    _table.show(rows, as_json=True)
    assert [set(row) for row in json.loads(capsys.readouterr().out)] == [
        {"case", "nodes", "engine", "events_per_s", "p50_us", "p99_us", "ratio"}
    ] * 3
    _table.show(rows, as_json=False)
    assert "2,000" in capsys.readouterr().out


async def test_two_revisions_are_measured_in_turns_and_compared_pair_by_pair() -> None:
    asked: list[str] = []

    async def before() -> dict[str, float]:
        asked.append("before")
        return {"an event": [2e-6, 4e-6, 1e-6][asked.count("before") - 1]}

    async def after() -> dict[str, float]:
        asked.append("after")
        return {"an event": [3e-6, 4e-6, 2e-6][asked.count("after") - 1]}

    @asynccontextmanager
    async def start() -> AsyncIterator[tuple[_paired.Measure, _paired.Measure]]:
        asked.append("start")
        yield before, after

    (found,) = await _paired.in_turns(start, pairs=3)
    assert asked == ["start", "before", "after", "start", "after", "before", "start", "before", "after"]
    assert found.what == "an event"
    assert found.figures == {
        "before, median µs": 2.0,
        "after, median µs": 3.0,
        "ratios": [1.5, 1.0, 2.0],
        "median ratio": 1.5,
    }


@pytest.mark.skipif(not (SourceTree().root / ".git").exists(), reason="the sources are no checkout of git")
def test_an_earlier_revision_is_what_a_process_imports_while_it_is_checked_out() -> None:
    with _source_trees.checked_out("HEAD") as tree:
        assert tree.imported()[0] == tree.root / "goldenthread" / "__init__.py"
        root = tree.root
    assert not root.exists()


def test_a_source_tree_is_what_a_process_imports_and_no_other(tmp_path: Path) -> None:
    assert SourceTree().imported()[0] == SourceTree().root / "goldenthread" / "__init__.py"
    with pytest.raises(RuntimeError, match="would be imported, which is not in"):
        SourceTree(tmp_path).imported()


def test_a_hostile_row_says_what_others_waited(capsys: pytest.CaptureFixture[str]) -> None:
    row = hostile.Row(
        attack="95 schemas",
        got="1 × 400 COST_LIMIT",
        worst_ms=1234.5,
        p99_ms=12.3,
        mutation_worst_ms=4321.0,
        asked=100,
        unanswered=3,
        subscription="open",
        cpu_s=0.5,
        before_mb=96.0,
        peak_mb=1097.0,
        after_mb=98.0,
        replaced=True,
    )
    hostile.show([row], as_json=True)
    assert json.loads(capsys.readouterr().out)[0]["worst_ms"] == 1234.5
    hostile.show([row], as_json=False)
    shown = capsys.readouterr().out
    assert all(each in shown for each in ("1,234", "4,321", "3 of 100", "1,097", "replaced", "COST_LIMIT"))


def test_what_a_part_of_the_bystanders_requests_waited_at_most() -> None:
    waits = WaitTimes()
    waits.seconds = [0.001] * 98 + [2.0, 3.0]
    assert (waits.quantile_ms(0.98), waits.quantile_ms(0.99), waits.quantile_ms(1)) == (1.0, 2000.0, 3000.0)


def test_the_processor_time_of_a_process_is_read_from_its_clock() -> None:
    before, own = _processor_time.seconds_of(os.getpid()), time.process_time()
    while time.process_time() < own + 0.05:
        pass
    assert _processor_time.seconds_of(os.getpid()) - before == pytest.approx(time.process_time() - own, abs=0.02)
    with pytest.raises(ProcessLookupError):
        _processor_time.seconds_of(2**22 + 1)
