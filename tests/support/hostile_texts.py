"""Texts that people really write and that files read as something else: formulas, numbers, days, marks, headings."""

from __future__ import annotations

from hypothesis import strategies as st

from goldenthread.contracts import texts

_LINES = [
    *("=1+1", "+49 30 1234", "-", "- a point", "@anna", "'quoted", "'=1", "''", "=HYPERLINK(“x”)", "＝1", "a;=1"),
    *("1.500", "1,5", "01/02/2026", "2026-01-05", "46387", "1e3", "007", "50 %", "TRUE", "FALSE", "NULL", "None"),
    *("#N/A", "#REF!", "n/a", "N/A", "TBD", "?", "–", "[To be determined]", "${x}", "[]", "{}", "{", "<a>", "<?xml?>"),
    *("“quoted”", '"', '"quoted"', 'a "b" c', '""', "a,b", "a; b", "a | b", "a / b", "a > b", "1.2", "1", "2.0", "§ 1"),
    *("Total", "Summe", "Total (3)", "Title", "Type", "Row ID", "Parent", "objective", "why", "Key Result", "purpose"),
    *(
        "a  b",
        "a\u00a0b",
        "a\u2003b",
        "a\u200bb",
        "\ufeffa",
        "a\u202eb",
        "\u200fa",
        "e\u0301",
        "\u00e9",
        "👩‍👩‍👧",
        "🟢",
    ),
    *(
        "sep=;",
        "golden-thread: {}",
        "-----",
        "***",
        "https://a.example/?b=c&d",
        "<&>",
        "]]>",
        "&amp;",
        "\\u0000",
        "\\n",
    ),
    *("Draft", "yes", "Revision", "x" * 500, "why:a", "objective:a", "a/b", "file/1", "line 2", "straße", "STRASSE"),
]
_PARAGRAPHS = [
    *(
        "a\nb",
        "a\n\nb",
        "a\n=1",
        "a\n- b\n- c",
        "a\tb",
        "=1\n=2",
        "a \n b",
        "a,b\nc,d",
        '"a\nb"',
        "a\u2028b",
        "a\u2029b",
    ),
    *("1\n2", "O\nK", "x" * 10_000, "2026-01-05 1 a", "Title,Type\na,b", "a\n\u200b\nb", "a\n,,,,", '",",'),
]
_LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc"])
_ANY = st.text(_LETTERS, min_size=1, max_size=8)
_CELLS = st.text("ab,;|\"'=+-@/ \n\t\u00a0\u200b", min_size=1, max_size=8)


def _fit(text: str) -> bool:
    return texts.wrong(text.strip()) is None


def _fit_line(text: str) -> bool:
    return texts.wrong(text.strip(), line=True) is None


plain = st.sampled_from(["Grow", "Sell more", "Ship faster", "Be useful"])
lines: st.SearchStrategy[str] = (plain | st.sampled_from(_LINES) | _ANY | _CELLS).filter(_fit_line)
"""A title, a name."""
paragraphs: st.SearchStrategy[str] = (lines | st.sampled_from(_PARAGRAPHS) | _CELLS).filter(_fit)
"""A text of several lines."""
names: st.SearchStrategy[str] = (
    st.sampled_from(
        [
            *(
                "Sales",
                "sales",
                "North",
                "South",
                "North / Sales",
                "Example / Sales",
                "Example",
                "South / North / Sales",
            ),
            *("A; B", "A, B", "A | B", 'The "A" team', '"', "-", "n/a", "NA", "TBD", "#N/A", "=cmd", "North > Sales"),
            *("Straße", "STRASSE", "e\u0301", "\u00e9", "Anna Schmidt", "@anna", "Sales (unit_00003)"),
            *(
                "North  Sales",
                " / ",
                "/",
                "A /B",
                "x" * 500,
                "Nobody",
                "None",
                "1",
                "Ops, Sales",
                "'Ops",
                "\u200bSales",
            ),
        ]
    )
    | lines
).filter(_fit_line)
"""The name of a unit: some differ only in what names are compared without, some are the way to another one."""
