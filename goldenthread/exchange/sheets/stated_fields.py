"""What a sheet states in each cell of a row, by the field it is of: its text, also of an emptied cell."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from goldenthread.contracts.plan import RowType

_LINKS = {"Parent": "parents", "Because": "because", "Link Kind": "kind", "Weight": "weight"}
_OWNED = {"Entity": "unit", **_LINKS}
_OF_ALL = {"Title": "title", "Description": "description"}
FIELDS: Mapping[RowType, Mapping[str, str]] = {
    RowType.PURPOSE: _OF_ALL,
    RowType.WHY: _OF_ALL | _OWNED,
    RowType.OBJECTIVE: _OF_ALL
    | _OWNED
    | {"Time Period": "cycle", "Start Date": "starts_on", "End Date": "ends_on", "Status": "status"},
    RowType.KEY_RESULT: _OF_ALL
    | _LINKS
    | {
        "Start Value": "start_value",
        "Target Value": "target_value",
        "Current Value": "current_value",
        "Measure Unit": "measure_unit",
        "Direction": "direction",
        "Status": "status",
        "Readings": "readings",
    },
}
"""By type, the columns that are a cell of a row, with the names of their fields."""


def fields_of_columns(columns: Collection[str]) -> dict[RowType, list[tuple[str, str]]]:
    """By type, those of `FIELDS` that a sheet with these columns has."""
    return {
        type: [(column, field) for column, field in each.items() if column in columns] for type, each in FIELDS.items()
    }


def stated_texts(
    fields: Iterable[tuple[str, str]], cells: Mapping[str, str], unread: Collection[str]
) -> dict[str, str]:
    """The texts of the cells of a row that the sheet has a column for, without those that could not be read."""
    get = cells.get
    if not unread:
        return {field: get(column, "") for column, field in fields}
    return {field: get(column, "") for column, field in fields if column not in unread}
