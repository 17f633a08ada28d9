"""The file of an import: a text, or bytes as Base64, and never both."""

from __future__ import annotations

import base64
import re

import pytest

from goldenthread.contracts.commands import ImportPlan
from goldenthread.contracts.commands.imports import MAX_CONTENT_BYTES
from goldenthread.contracts.errors import ErrorCode, Refused
from goldenthread.runtime.web.endpoints import MAX_BODY
from services.goals.domain.imports.command_file import content_of

BYTES = bytes(range(256)) * 3


def refused(command: ImportPlan) -> tuple[list[str], str]:
    with pytest.raises(Refused) as caught:
        content_of(command)
    (problem,) = caught.value.problems
    assert problem.code is ErrorCode.INVALID
    return problem.path, problem.message


def test_a_text_is_taken_as_it_is_and_bytes_as_they_were() -> None:
    assert content_of(ImportPlan(content="Type,Title")) == "Type,Title"
    assert content_of(ImportPlan(content="")) == ""
    assert content_of(ImportPlan(content_base64=base64.b64encode(BYTES).decode())) == BYTES


def test_line_breaks_of_base64_are_left_out() -> None:
    text = base64.encodebytes(BYTES).decode()
    assert content_of(ImportPlan(content_base64=text)) == BYTES
    assert content_of(ImportPlan(content_base64=text.replace("\n", "\r\n"))) == BYTES


def test_an_import_has_one_file() -> None:
    path, message = refused(ImportPlan())
    assert path == ["content"]
    assert "no file" in message
    path, message = refused(ImportPlan(content="", content_base64=""))
    assert path == ["contentBase64"]
    assert "twice" in message


@pytest.mark.parametrize(
    "text", ["a", "ab=c", "====", "Zm9v!", "Zm9vYg", "Zm9vYg=", "Zm9v_-8=", "Zm9v\0", "ä", "\U0001f4c8", "Zm9v\u00a0"]
)
def test_what_is_no_base64_is_refused_where_it_stands(text: str) -> None:
    path, message = refused(ImportPlan(content_base64=text))
    assert path == ["contentBase64"]
    assert "not Base64" in message


def test_a_data_url_is_told_what_to_leave_out() -> None:
    text = "data:application/vnd.ms-excel;base64," + base64.b64encode(BYTES).decode()
    path, message = refused(ImportPlan(content_base64=text))
    assert path == ["contentBase64"]
    assert "comma" in message


@pytest.mark.parametrize("more", [1, 2, 3, 400_000], ids=str)
def test_more_bytes_than_are_read_are_refused_with_their_number(more: int) -> None:
    path, message = refused(ImportPlan(content_base64=base64.b64encode(bytes(MAX_CONTENT_BYTES + more)).decode()))
    assert path == ["contentBase64"]
    found = re.search(r"has ([\d,]+) bytes", message)
    assert found is not None
    assert 0 <= int(found[1].replace(",", "")) - MAX_CONTENT_BYTES - more <= 2, "three bytes are four characters"
    assert f"{MAX_CONTENT_BYTES:,}" in message
    assert "split it" in message


def test_the_largest_file_that_is_read_fits_into_a_request() -> None:
    text = base64.encodebytes(bytes(MAX_CONTENT_BYTES)).decode()
    assert len(content_of(ImportPlan(content_base64=text))) == MAX_CONTENT_BYTES
    in_json = len(text.replace("\n", "\\r\\n"))
    assert in_json < MAX_BODY - 500_000, "with line breaks, and as much again as its words and a document may have"
