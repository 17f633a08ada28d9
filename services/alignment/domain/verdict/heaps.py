"""What the loops work with: lists that grow, and binary heaps (Williams 1964) of (key, row). Row 0 holds the number of
entries, so that a list is one array; whoever adds to one keeps what `add` gives.
"""

from __future__ import annotations

import numpy as np

from services.alignment.domain.verdict.columns import I64
from services.alignment.domain.verdict.compiled import compiled


@compiled
def new_list(room: int) -> I64:
    """An empty list of numbers."""
    made = np.empty(room + 1, np.int64)
    made[0] = 0
    return made


@compiled
def add(found: I64, number: int) -> I64:
    """The list with a number more: the same array, or a larger one in its place."""
    place = found[0] + 1
    if place == found.size:
        larger = np.empty(2 * place, np.int64)
        larger[:place] = found
        found = larger
    found[0], found[place] = place, number
    return found


@compiled
def new_heap(room: int) -> I64:
    """An empty heap."""
    made = np.empty((room + 1, 2), np.int64)
    made[0, 0] = 0
    return made


@compiled
def append(heap: I64, key: int, row: int) -> I64:
    """With an entry more at the end: a queue, for entries that come in the order of their keys."""
    place = heap[0, 0] + 1
    if place == heap.shape[0]:
        larger = np.empty((2 * place, 2), np.int64)
        larger[:place] = heap
        heap = larger
    heap[0, 0] = place
    heap[place, 0], heap[place, 1] = key, row
    return heap


@compiled
def push(heap: I64, key: int, row: int) -> I64:
    """The heap with an entry more: the same array, or a larger one in its place."""
    heap = append(heap, key, row)
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
