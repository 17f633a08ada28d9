"""Logs of the embedded PostgreSQL and broker, which go on writing to the file that they were started with."""

from __future__ import annotations

import asyncio
from pathlib import Path

from goldenthread.launcher import log_shortening
from goldenthread.launcher.log_shortening import keep_short, shorten
from goldenthread.runtime.observability.log_file import older_file
from tests.support.asgi_server import eventually


def test_a_long_log_is_copied_and_emptied_and_its_writer_goes_on_at_the_beginning(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    with log.open("ab", buffering=0) as writer:
        for round in range(7):
            writer.write(b"line %d\n" % round * 100)
            shorten(log, limit=500)
            assert log.stat().st_size == 0
        writer.write(b"short\n")
        shorten(log, limit=500)
    assert log.read_bytes() == b"short\n"
    kept = [older_file(log, number).read_bytes() for number in (1, 2, 3, 4)]
    assert kept == [b"line %d\n" % round * 100 for round in (6, 5, 4, 3)]
    assert len(list(tmp_path.iterdir())) == 5


def test_where_there_is_no_log_nothing_happens(tmp_path: Path) -> None:
    shorten(tmp_path / "broker.log", limit=0)
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_cannot_even_be_looked_at_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "no-folder").write_text("text")
    shorten(tmp_path / "no-folder" / "broker.log", limit=0)
    assert (tmp_path / "no-folder").read_text() == "text"


def test_a_log_that_cannot_be_copied_stays_as_it_is(tmp_path: Path) -> None:
    log = tmp_path / "broker.log"
    log.write_bytes(b"line\n" * 200)
    (tmp_path / "broker.log.new").mkdir()
    shorten(log, limit=500)
    assert log.read_bytes() == b"line\n" * 200


async def test_logs_are_looked_at_again_and_again(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    keeping = asyncio.create_task(keep_short([log, tmp_path / "none.log"], every=0.01, limit=500))
    for _ in range(3):
        with log.open("ab") as writer:
            writer.write(b"line\n" * 200)
        await eventually(lambda: log.stat().st_size == 0)
    keeping.cancel()
    assert older_file(log, 3).read_bytes() == b"line\n" * 200
    assert log_shortening.EVERY <= 60
