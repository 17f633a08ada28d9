"""Whatever bytes claim to be a workbook: a table comes out of them, or a refusal, or the process that reads them dies.

Each example is read in a process of its own, with as little memory as the child process of goals has.
"""

from __future__ import annotations

import os
import resource
import signal
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goldenthread.contracts.errors import Refused
from goldenthread.exchange.workbooks.workbook import table_of_workbook
from services.goals.imports.workbook_child import MEMORY
from tests.support.workbooks import changed, ods, xls, xlsx

FUZZED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
PLAN: tuple[str, list[list[object]]] = ("Plan", [["Title", "Target"], ["Grow", 10]])
MADE = {"xlsx": xlsx(PLAN), "xls": xls(PLAN), "ods": ods(PLAN)}
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
@FUZZED
@given(data=st.data())
def test_of_bytes_that_were_changed_nothing_comes_but_a_table_or_a_refusal(kind: str, data: st.DataObject) -> None:
    content = bytearray(MADE[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    _table_or_refusal(bytes(content))


PARTS = {
    "xlsx": [
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
        "xl/styles.xml",
        "xl/_rels/workbook.xml.rels",
    ],
    "ods": ["content.xml", "META-INF/manifest.xml"],
}


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@FUZZED
@given(data=st.data())
def test_of_xml_that_was_changed_nothing_comes_but_a_table_or_a_refusal(kind: str, data: st.DataObject) -> None:
    def change(xml: str) -> str:
        at = data.draw(st.integers(0, len(xml)))
        until = min(len(xml), at + data.draw(st.integers(0, 30)))
        word = data.draw(
            st.sampled_from(["", "<", ">", '"', "99999999999", "-1", "</c>", "<c>", "\0", "&x;", "e", "%", "A0"])
        )
        return xml[:at] + word + xml[until:]

    _table_or_refusal(changed(MADE[kind], data.draw(st.sampled_from(PARTS[kind])), change))


@settings(max_examples=100, deadline=None)
@given(begins=st.sampled_from([COMPOUND, b"PK\x03\x04", b""]), rest=st.binary(max_size=3000))
def test_of_any_bytes_nothing_comes_but_a_refusal(begins: bytes, rest: bytes) -> None:
    _table_or_refusal(begins + zlib.compress(rest))


def _table_or_refusal(content: bytes) -> None:
    process = os.fork()
    if not process:
        os._exit(_read(content))
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGABRT)


def _read(content: bytes) -> int:
    """0 where a table came out, or a refusal in words. Ends the process where there is not enough memory."""
    try:
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        cells = [cell for line in table_of_workbook(content).lines for cell in line.cells]
        return 0 if all(isinstance(each, str | int | float) for each in cells) else 2
    except Refused as refused:
        return 0 if len(refused.problems[0].message) < 500 else 3
    except MemoryError:
        return 0
    except BaseException:
        return 4
