"""What the engine's arrays rest on: heaps and queues, the index of ids, ids as numbers, the order of appearance."""

from __future__ import annotations

import tracemalloc
from random import Random

import numpy as np
import pytest

from goldenthread.contracts.enums import LinkState, PurposeState
from services.alignment.domain.verdict import columns as k
from services.alignment.domain.verdict.array_addresses import addresses_of, columns_at
from services.alignment.domain.verdict.columns import I64, empty
from services.alignment.domain.verdict.compiled import entry
from services.alignment.domain.verdict.id_index import find_link, find_node, slot_of
from services.alignment.domain.verdict.ids import Ids
from services.alignment.domain.verdict.lists_and_heaps import add, append, new_heap, new_list, pop, push
from services.alignment.domain.verdict.scratch_memory import free_all
from tests.support.entities import link, objective, purpose
from tests.unit.alignment.commits import JudgedGraph, payload_of
from tests.unit.alignment.verdict.packed_rows import Kind, LinkRow, NodeRow, Status, load, restored, rows_of, unsaved_of


@entry
def through_a_heap(places: I64, keys: I64) -> I64:
    """All put on a heap and taken from it again; how many it holds then, and key and number of each."""
    c, taken = columns_at(places), np.zeros((keys.size + 1, 2), np.int64)
    heap = new_heap(c, 0)
    for number in range(keys.size):
        heap = push(c, heap, keys[number], number)
    for number in range(keys.size):
        taken[number + 1, 0], taken[number + 1, 1] = pop(heap)
    taken[0, 0] = heap[0, 0]
    free_all(c)
    return taken


@entry
def through_lists(places: I64, size: int) -> tuple[I64, I64]:
    """A list of the multiples of seven, and a queue of those of three."""
    c = columns_at(places)
    found, queue = new_list(c, 0), new_heap(c, 0)
    for number in range(size):
        found, queue = add(c, found, 7 * number), append(c, queue, 3 * number, -number)
    both = found[: found[0] + 1].copy(), queue[1 : queue[0, 0] + 1].copy()
    free_all(c)
    return both


@pytest.mark.parametrize("size", [1, 2, 3, 4, 10, 100])
def test_a_heap_gives_back_the_smallest_first_however_much_it_held(size: int) -> None:
    columns = empty(1, 1)
    for seed in range(20):
        chance = Random(seed)
        keys = [chance.randrange(20) for _ in range(size)]
        (left, _), *taken = through_a_heap(addresses_of(columns), np.array(keys)).tolist()
        assert [key for key, _ in taken] == sorted(keys)
        assert sorted(number for _, number in taken) == list(range(size))
        assert all(keys[number] == key for key, number in taken)
        assert left == 0


def test_lists_and_queues_keep_what_they_are_given_in_its_order() -> None:
    columns = empty(1, 1)
    numbers, queue = through_lists(addresses_of(columns), 100)
    assert numbers.tolist() == [100, *(7 * number for number in range(100))]
    assert queue.tolist() == [[3 * number, -number] for number in range(100)]


def test_loops_give_back_all_memory_they_took() -> None:
    judged = JudgedGraph(purpose(), *(objective(f"objective_{n}") for n in range(300)))
    judged.commit(*(link(f"link_{n}", f"objective_{n}", "purpose_1") for n in range(300)))
    assert judged.graph._columns.used[k.SCRATCH] == 0
    loaded = restored(judged.graph)
    assert len(loaded.impact([payload_of(purpose(state=PurposeState.RETIRED))], 700)) == 301
    assert loaded._columns.used[k.SCRATCH] == 0


def test_an_id_is_found_in_the_last_free_slot_and_another_with_one_half_the_same_is_not() -> None:
    halves = [(hi, lo) for hi in (-5, 7, 8) for lo in (-5, 7, 8)]
    for size in range(len(halves) + 1, len(halves) + 20):
        slots, ids = np.full(size, -1, np.int32), np.zeros((len(halves), 4), np.int64)
        for row, (hi, lo) in enumerate(halves):
            ids[row, k.HI], ids[row, k.LO] = hi, lo
            free = slot_of(slots, ids, hi, lo)
            assert slots[free] == -1
            slots[free] = row
        assert [int(slots[slot_of(slots, ids, hi, lo)]) for hi, lo in halves] == list(range(len(halves)))
        assert slots[slot_of(slots, ids, 7, 6)] == -1


@pytest.mark.parametrize("family", ["random", "first half counted", "second half counted", "both counted"])
def test_ids_are_spread_over_the_slots_so_that_each_is_found_after_a_few(family: str) -> None:
    chance, rows, size = Random(5), 3_000, 3_500
    ids, slots, free = np.zeros((rows, 4), np.int64), np.full(size, -1, np.int32), np.full(size, -1, np.int32)
    steps = 0
    for row in range(rows):
        any_hi, any_lo = chance.getrandbits(63), chance.getrandbits(63)
        hi, lo = {
            "random": (any_hi, any_lo),
            "first half counted": (row, 7),
            "second half counted": (7, row),
            "both counted": (row // 64, row % 64),
        }[family]
        ids[row, k.HI], ids[row, k.LO] = hi, lo
        slot = slot_of(slots, ids, hi, lo)
        slots[slot] = row
        steps += (slot - slot_of(free, ids, hi, lo)) % size
    assert steps / rows < 6


def test_nodes_and_links_are_found_by_their_ids_and_nothing_by_others() -> None:
    judged = JudgedGraph(purpose(), *(objective(f"objective_{n}") for n in range(300)))
    judged.commit(*(link(f"link_{n}", f"objective_{n}", "purpose_1") for n in range(300)))
    places, halves = judged.graph._addresses, judged.graph.ids.halves
    assert [find_node(places, *halves(f"objective_{n}")) for n in range(300)] == list(range(1, 301))
    assert [find_link(places, *halves(f"link_{n}")) for n in range(300)] == list(range(300))
    assert find_node(places, *halves("link_1")) == find_link(places, *halves("purpose_1")) == -1


DIGITS = "0190a5b0c0de7abc8def0123456789ab"


@pytest.mark.parametrize(
    "id",
    [
        *(f"{kind}_{DIGITS}" for kind in ("keyresult", "link", "objective", "purpose", "why")),
        f"why_{DIGITS.upper()}",
        f"why_f{DIGITS[1:]}",
        f"why_{DIGITS[:16]}f{DIGITS[17:]}",
        f"why_{DIGITS[:12]}4{DIGITS[13:]}",
        f"why_{DIGITS[:-1]}",
        f"why_{DIGITS}0",
        f"why_{DIGITS[:-2]} g",
        f"why_{DIGITS[:14]}  {DIGITS[16:]}",
        f"person_{DIGITS}",
        f"_{DIGITS}",
        DIGITS,
        "why_",
        "",
        "why_\ud800",
    ],
)
def test_an_id_comes_back_from_its_number(id: str) -> None:
    assert Ids().halves(id) == Ids().halves(id)
    ids = Ids()
    assert ids.text(*ids.halves(id)) == id


def test_a_minted_id_comes_back_without_having_been_seen() -> None:
    for kind in ("keyresult", "link", "objective", "purpose", "why"):
        assert Ids().text(*Ids().halves(f"{kind}_{DIGITS}")) == f"{kind}_{DIGITS}"


def test_different_ids_have_different_numbers() -> None:
    chance = Random(3)
    ids = {f"{kind}_{DIGITS}" for kind in ("keyresult", "link", "objective", "purpose", "why", "person")}
    for _ in range(500):
        at = chance.randrange(32)
        ids.add(f"why_{DIGITS[:at]}{chance.choice('0123456789abcdef')}{DIGITS[at + 1 :]}")
        ids.add(f"objective_{chance.randrange(400)}")
    numbers = Ids()
    assert len({numbers.halves(id) for id in ids}) == len(ids)


def minted(kind: str, number: int) -> str:
    """Ids of which every third begins the same, in another order than they end."""
    return f"{kind}_{number % 3:012x}7abc{1_000 - number:016x}"


@pytest.mark.parametrize("size", [2, 31, 32, 33, 34, 100])
def test_verdicts_are_told_the_oldest_first_and_by_id_among_those_that_came_together(size: int) -> None:
    chance = Random(size)
    rows = [NodeRow(minted("objective", n), n // 4, Kind.OBJECTIVE, Status.LIVE, 1) for n in range(size)]
    for _ in range(10):
        chance.shuffle(rows)
        graph, ids = load(rows, []), Ids()
        by_age = sorted(rows, key=lambda row: (row.born, *ids.halves(row.id)))
        assert [node for node, _ in graph.verdicts()] == [row.id for row in by_age]


def test_of_links_accepted_together_the_one_with_the_smallest_id_is_taken_in_whatever_order_they_are_loaded() -> None:
    chance = Random(9)
    rows = [NodeRow(f"objective_{n}", 0, Kind.OBJECTIVE, Status.LIVE, 1) for n in range(8)]
    for _ in range(30):
        numbers = chance.sample(range(20), 7)
        links = [
            LinkRow(minted("link", number), 5, "objective_0", f"objective_{n}", LinkState.ACCEPTED, False, 1, 5)
            for n, number in enumerate(numbers, 1)
        ]
        chance.shuffle(rows)
        chance.shuffle(links)
        verdict, ids = load(rows, links).verdict("objective_0"), Ids()
        assert verdict is not None
        assert verdict.via == min((link.id for link in links), key=ids.halves)


def test_a_graph_knows_how_much_it_holds() -> None:
    judged = JudgedGraph(purpose(), objective("objective_1"), link("link_1", "objective_1", "purpose_1"))
    assert len(judged.graph) == 3
    before = judged.graph.nbytes
    assert before == sum(each.nbytes for each in judged.graph._columns)
    judged.commit(*(objective(f"objective_{n}") for n in range(1_000)))
    assert len(judged.graph) == 1_002
    assert judged.graph.nbytes > 2 * before


def test_a_node_with_its_link_takes_154_bytes() -> None:
    size = 5_000
    rows = [NodeRow(f"objective_{n}", n, Kind.OBJECTIVE, Status.LIVE, 1) for n in range(size)]
    above = ["purpose_1", *(row.id for row in rows)]
    links = [LinkRow(f"{n}", n, rows[n].id, above[n], LinkState.ACCEPTED, False, 1, n) for n in range(size)]
    assert load(rows, links).nbytes < 154 * size


def test_a_graph_does_not_hold_the_ids_it_was_asked_for() -> None:
    size = 5_000
    judged = JudgedGraph(purpose(), *(objective(f"objective_{n}") for n in range(size)))
    judged.commit(*(link(f"link_{n}", f"objective_{n}", "purpose_1") for n in range(size)))
    graph = load(*unsaved_of(judged.graph))
    graph.apply(payload_of(purpose(state=PurposeState.RETIRED)), 1)
    graph.judge()
    tracemalloc.start()
    try:
        read = len(dict(graph.verdicts())) + len(rows_of(graph).nodes) + len(unsaved_of(graph).nodes)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert read == 2 * (size + 1) + size + 1
    assert held < 10 * size
