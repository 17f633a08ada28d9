"""What the loops work with: lists that grow, and binary heaps (Williams 1964) of (key, row). Row 0 holds the number of
entries, so that a list is one array; whoever adds to one keeps what `add` gives.
"""

from __future__ import annotations

from services.alignment.domain.verdict.columns import I64, Columns
from services.alignment.domain.verdict.compiled import compiled
from services.alignment.domain.verdict.scratch_memory import new_numbers, new_rows


@compiled
def new_list(c: Columns, room: int) -> I64:
    """An empty list of numbers."""
    made = new_numbers(c, room + 1)
    made[0] = 0
    return made


@compiled
def add(c: Columns, found: I64, number: int) -> I64:
    """The list with a number more: the same array, or a larger one in its place."""
    place = found[0] + 1
    if place == found.size:
        larger = new_numbers(c, 2 * place)
        larger[:place] = found
        found = larger
    found[0], found[place] = place, number
    return found


@compiled
def new_heap(c: Columns, room: int) -> I64:
    """An empty heap."""
    made = new_rows(c, room + 1, 2)
    made[0, 0] = 0
    return made


@compiled
def append(c: Columns, heap: I64, key: int, row: int) -> I64:
    """With an entry more at the end: a queue, for entries that come in the order of their keys."""
    place = heap[0, 0] + 1
    if place == heap.shape[0]:
        larger = new_rows(c, 2 * place, 2)
        larger[:place] = heap
        heap = larger
    heap[0, 0] = place
    heap[place, 0], heap[place, 1] = key, row
    return heap


@compiled
def push(c: Columns, heap: I64, key: int, row: int) -> I64:
    """The heap with an entry more: the same array, or a larger one in its place."""
    heap = append(c, heap, key, row)
    place = heap[0, 0]
    while place > 1 and heap[place >> 1, 0] > key:
        heap[place, 0], heap[place, 1] = heap[place >> 1, 0], heap[place >> 1, 1]
        place >>= 1
    heap[place, 0], heap[place, 1] = key, row
    return heap


@compiled
def pop(heap: I64) -> tuple[int, int]:
    """Take the entry with the smallest key out of a heap that has one."""
    key, row = heap[1, 0], heap[1, 1]
    size = heap[0, 0]
    last_key, last_row = heap[size, 0], heap[size, 1]
    heap[0, 0] = size = size - 1
    place = 1
    while 2 * place <= size:
        below = 2 * place
        if below < size and heap[below + 1, 0] < heap[below, 0]:
            below += 1
        if heap[below, 0] >= last_key:
            break
        heap[place, 0], heap[place, 1] = heap[below, 0], heap[below, 1]
        place = below
    heap[place, 0], heap[place, 1] = last_key, last_row
    return key, row
