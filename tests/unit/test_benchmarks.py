"""The benchmarks run; what they measure is for people to read, and gates nothing."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from benchmarks import __main__, _table, turns


def test_every_benchmark_is_found_by_its_name() -> None:
    assert __main__.NAMES == ["cold", "engine", "pipeline", "relay", "startup", "telling", "turns"]


def test_turns_are_measured_in_a_small_organisation() -> None:
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
