"""What is no workbook, or too large a one, is refused in words that say what to do."""

from __future__ import annotations

import time
from itertools import pairwise

import openpyxl
import pytest
from openpyxl.styles import PatternFill

from goldenthread.contracts.errors import Refused
from goldenthread.exchange.tables.table import Line
from goldenthread.exchange.workbooks.kinds import MAX_INFLATED
from goldenthread.exchange.workbooks.workbook import table_of_workbook
from tests.support.workbooks import changed, ods, ods_of, xls, xlsx, xlsx_bytes, zipped

SHEET = "xl/worksheets/sheet1.xml"
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PLAN: tuple[str, list[list[object]]] = ("Plan", [["Title", "Target"], ["Grow", 10]])
MADE = {"xlsx": xlsx(PLAN), "xls": xls(PLAN), "ods": ods(PLAN)}


def _named(*streams: str) -> bytes:
    return COMPOUND + bytes(2000) + b"".join(each.encode("utf-16-le") + bytes(20) for each in streams)


WRONG = {
    "word": (zipped({"[Content_Types].xml": "", "word/document.xml": ""}), "document of Word.*save its table as"),
    "presentation": (zipped({"ppt/presentation.xml": ""}), "presentation.*save its table as"),
    "numbers": (zipped({"Index/Document.iwa": ""}), "Numbers.*save its table as"),
    "jar": (zipped({"META-INF/MANIFEST.MF": "", "a/B.class": ""}), "a program"),
    "zip of a csv": (zipped({"plan/": "", "plan/plan.csv": "Title"}), "archive.*plan.csv.*unpack it"),
    "zip of a workbook": (zipped({"plan.xlsx": xlsx(PLAN)}), "archive.*plan.xlsx.*unpack it"),
    "zip of nothing": (zipped({}), "not a workbook"),
    "odt": (zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""}), "no workbook; save"),
    "locked xlsx": (_named("EncryptionInfo", "EncryptedPackage"), "protected by a password; save it without"),
    "doc": (_named("WordDocument"), "document of Word.*copy its table"),
    "ppt": (_named("PowerPoint Document"), "presentation.*copy its table"),
    "msg": (_named("__substg1.0_37010102"), "message of Outlook"),
    "works": (_named("CompObj", "MatOST"), "no workbook; save the sheet as"),
    "half an xls": (MADE["xls"][:1500], "damaged"),
    "ten bytes": (COMPOUND + b"xx", "damaged"),
    "half an xlsx": (MADE["xlsx"][: len(MADE["xlsx"]) // 2], "damaged or not complete; fetch it again"),
    "four bytes": (b"PK\x03\x04", "damaged or not complete"),
    "no workbook": (b"Title;Target", "not a workbook"),
}


@pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG)
def test_what_is_no_workbook_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        table_of_workbook(content)
    assert refused.value.problems[0].path == ["content"]


def test_a_damaged_part_is_found() -> None:
    content = bytearray(MADE["xlsx"])
    at = content.index(b"xl/worksheets/sheet1.xml") + 40
    content[at : at + 20] = b"\xff" * 20
    with pytest.raises(Refused, match="damaged"):
        table_of_workbook(bytes(content))


def test_a_workbook_of_opendocument_with_a_password_is_refused() -> None:
    manifest = '<manifest><file-entry full-path="content.xml"><encryption-data/></file-entry></manifest>'
    with pytest.raises(Refused, match="protected by a password"):
        table_of_workbook(changed(MADE["ods"], "META-INF/manifest.xml", lambda _: manifest))


def test_more_bytes_than_are_read_are_refused_whatever_the_archive_says_of_its_sizes() -> None:
    bomb = zipped({"xl/workbook.xml": "", "xl/media/a.xml": bytes(MAX_INFLATED + 1)})
    assert len(bomb) < 2**20
    with pytest.raises(Refused, match="256 MiB unpacked"):
        table_of_workbook(bomb)
    size = (MAX_INFLATED + 1).to_bytes(4, "little")
    lying = bomb.replace(size, (100).to_bytes(4, "little"))
    assert lying != bomb
    with pytest.raises(Refused, match=r"unpacked|damaged"):
        table_of_workbook(lying)


def test_more_parts_than_a_workbook_has_are_refused() -> None:
    with pytest.raises(Refused, match="parts"):
        table_of_workbook(zipped({"xl/workbook.xml": "", **{f"xl/{each}": "" for each in range(5_001)}}))


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("XFD1048576", "cell XFD1048576: more than 256"),
        ("IW2", "cell IW2: more than 256"),
        ("P900000", "cell P900000: .*far from the plan"),
    ],
)
def test_a_cell_far_from_the_others_is_named(place: str, words: str) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "Title"
    book.worksheets[0][place] = "x"
    with pytest.raises(Refused, match=words):
        table_of_workbook(xlsx_bytes(book))


def test_a_row_that_is_coloured_to_its_end_is_no_large_sheet() -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["A1"] = "Title"
    for place in ("XFD1", "A1048576"):
        sheet[place].fill = PatternFill("solid", fgColor="FF0000")
    assert table_of_workbook(xlsx_bytes(book)).lines == [Line(1, ["Title"])]


def test_more_rows_than_a_plan_has_are_refused_with_the_first_that_is_too_many() -> None:
    def many(xml: str) -> str:
        rows = "".join(f'<row r="{each}"><c r="A{each}"><v>{each}</v></c></row>' for each in range(1, 100_004))
        return xml.replace("<sheetData>", f"<sheetData>{rows}").replace(
            '<row r="1"><c r="A1" t="s"><v>0</v></c></row>', ""
        )

    with pytest.raises(Refused, match="row 100002: more than 100,000 rows"):
        table_of_workbook(changed(xlsx(("Plan", [["x"]])), "xl/worksheets/sheet1.xml", many))


def test_more_text_than_is_read_of_any_file_is_refused() -> None:
    rows = [["x" * 30_000] for _ in range(400)]
    with pytest.raises(Refused, match=r"row 350: up to here .*bytes of text"):
        table_of_workbook(xlsx(("Plan", rows)))


def test_more_sheets_than_a_plan_has_are_refused() -> None:
    with pytest.raises(Refused, match="more than 500 sheets"):
        table_of_workbook(ods(*((f"S{each}", []) for each in range(501))))


ENTITIES = (
    "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY {after} '{f'&{before};' * 10}'>" for before, after in pairwise("abcdefghij"))
    + "]>"
)


def test_entities_are_not_read() -> None:
    for content in (
        ods_of("<office:body>&j;</office:body>", ENTITIES),
        changed(MADE["xlsx"], "xl/workbook.xml", lambda xml: ENTITIES + xml.replace("Plan", "&j;")),
        changed(MADE["xlsx"], SHEET, lambda xml: ENTITIES + xml.replace("Grow", "&j;")),
    ):
        try:
            texts = [str(cell) for line in table_of_workbook(content).lines for cell in line.cells]
        except Refused:
            continue
        assert sum(map(len, texts)) < 100


def test_an_external_file_is_not_read() -> None:
    external = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
    content = changed(MADE["xlsx"], SHEET, lambda xml: external + xml.replace("Grow", "&a;"))
    try:
        texts = [str(cell) for line in table_of_workbook(content).lines for cell in line.cells]
    except Refused:
        return
    assert not any("root" in each for each in texts)


SPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _sheet_of(data: str) -> bytes:
    sheet = f'<worksheet xmlns="{SPACE}"><sheetData>{data}</sheetData></worksheet>'
    return changed(MADE["xlsx"], SHEET, lambda _: sheet)


def test_blanks_behind_a_formula_take_no_quadratic_time() -> None:
    began = time.process_time()
    with pytest.raises(Refused):
        table_of_workbook(_sheet_of(f'<row r="1"><c r="A1"><f/>{" " * 200_000}</row>'))
    assert time.process_time() - began < 5


def test_a_part_that_many_sheets_name_is_looked_at_once() -> None:
    rows = "".join(f'<row r="{each}"><c r="A{each}"/></row>' for each in range(1, 50_000))
    sheets = "".join(f'<sheet name="S{each}" sheetId="{each}" r:id="rId1"/>' for each in range(1, 500))
    book = f'<workbook xmlns="{SPACE}" xmlns:r="{LINKS}"><sheets>{sheets}</sheets></workbook>'
    began = time.process_time()
    with pytest.raises(Refused, match="none of its sheets has rows"):
        table_of_workbook(changed(_sheet_of(rows), "xl/workbook.xml", lambda _: book))
    assert time.process_time() - began < 5


def test_percentages_that_are_repeated_in_many_sheets_are_counted_before_they_are_gone_through() -> None:
    """Eight hundred bytes that took a minute."""
    row = (
        '<table:table-row table:number-rows-repeated="100000"><table:table-cell office:value-type="percentage" '
        'office:value="0.5" table:number-columns-repeated="20"/></table:table-row>'
    )
    with pytest.raises(Refused, match="more than 2,000,000 percentages and errors"):
        table_of_workbook(ods(*((f"Sheet {at}", [row]) for at in range(30))))
