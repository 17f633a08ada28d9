"""The benchmarks run; what they measure is for people to read, and gates nothing."""

from __future__ import annotations

from benchmarks import __main__, turns


def test_every_benchmark_is_found_by_its_name() -> None:
    assert __main__.NAMES == ["startup", "telling", "turns"]


def test_turns_are_measured_in_a_small_organisation() -> None:
    found = turns.measure(goals=2_000)
    assert found["goals"] == 2_000
    assert found["turns of the root"] > 0
    assert all(value >= 0 for value in found.values())
