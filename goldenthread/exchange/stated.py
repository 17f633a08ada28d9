"""What a sheet states in each cell of a row, by the field it is of: its text, also of an emptied cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping

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


def stated(
    type: RowType, cells: Mapping[str, str], columns: Collection[str], unread: Collection[str]
) -> dict[str, str]:
    """The texts of the cells of a row that the sheet has a column for, without those that could not be read."""
    return {
        field: cells.get(column, "")
        for column, field in FIELDS[type].items()
        if column in columns and column not in unread
    }
