"""A log that its process keeps short: no line is lost or cut, whatever happens to the file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from goldenthread.runtime.observability.log_file import older_file

BEGIN = """
import os, sys, threading
from pathlib import Path
from goldenthread.runtime.observability.log_file import LogFile
path = Path(sys.argv[1])
"""


def run(path: Path, script: str) -> None:
    """Run a script in a process whose output goes to the file, as under `goldenthread up`."""
    with path.open("ab") as output:
        subprocess.run([sys.executable, "-c", BEGIN + script, path], stdout=output, stderr=output, check=True)


def files(path: Path) -> list[Path]:
    """The log and its older files, the oldest first."""
    return sorted(path.parent.glob("log*"), key=lambda each: int(each.suffix[1:] or 0), reverse=True)


def lines(path: Path) -> list[str]:
    return [line for file in files(path) for line in file.read_text().splitlines()]


def test_lines_of_several_threads_are_all_there_and_whole(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run(
        log,
        """
log = LogFile(str(path), limit=20_000, kept=1_000)
def say(who):
    for number in range(2_000):
        log.write(f"{who} {number} {'x' * 50}\\n")
threads = [threading.Thread(target=say, args=[who]) for who in "abcd"]
for each in threads: each.start()
for each in threads: each.join()
""",
    )
    found = lines(log)
    assert len(files(log)) > 20
    for who in "abcd":
        assert [line for line in found if line[0] == who] == [f"{who} {number} {'x' * 50}" for number in range(2_000)]
    assert len(found) == 8_000


def test_only_the_youngest_older_files_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run(
        log,
        """
log = LogFile(str(path), limit=1_000, kept=2)
for number in range(1_000):
    log.write(f"{number}\\n")
""",
    )
    assert [each.name for each in files(log)] == ["log.2", "log.1", "log"]
    assert all(each.stat().st_size < 1_010 for each in files(log))
    found = [int(line) for line in lines(log)]
    assert found == list(range(found[0], 1_000))


def test_everything_else_that_is_printed_goes_to_the_new_file_too(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run(log, "LogFile(str(path), limit=3).write('long\\n'); print('out', flush=True); print('err', file=sys.stderr)")
    assert older_file(log, 1).read_text() == "long\n"
    assert log.read_text() == "out\nerr\n"


def test_a_file_that_somebody_else_renamed_is_left_as_it_is(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run(
        log,
        """
log = LogFile(str(path), limit=3)
path.rename(path.with_name("mine"))
path.write_text("")
log.write('long\\n')
log.write('2\\n')
""",
    )
    assert (tmp_path / "mine").read_text() == "long\n"
    assert log.read_text() == "2\n"
    assert not older_file(log, 1).exists()


def test_a_log_whose_folder_is_gone_goes_on_in_the_file_that_is_open(tmp_path: Path) -> None:
    log = tmp_path / "folder" / "log"
    log.parent.mkdir()
    run(
        log,
        """
import shutil
log = LogFile(str(path), limit=3)
shutil.rmtree(path.parent)
log.write('long\\n')
log.write('longer\\n')
assert os.fstat(2).st_size == 12
""",
    )


def test_a_full_disk_loses_lines_and_stops_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run(
        log,
        """
full = os.open("/dev/full", os.O_WRONLY)
kept = os.dup(2)
os.dup2(full, 2)
log = LogFile(str(path))
log.write('lost\\n')
os.dup2(kept, 2)
log.write('written\\n')
""",
    )
    assert log.read_text() == "written\n"


def test_a_file_that_somebody_removed_is_written_anew_once_it_is_long(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run(
        log,
        """
log = LogFile(str(path), limit=3)
path.unlink()
log.write('long\\n')
log.write('2\\n')
""",
    )
    assert log.read_text() == "2\n"
    assert not older_file(log, 1).exists()


def test_a_new_file_that_cannot_be_opened_is_opened_later(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run(
        log,
        """
import resource
from goldenthread.runtime.observability import log_file
log_file._AGAIN = 10
log = LogFile(str(path), limit=3)
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
log.write('long\\n')
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
log.write('still in the file before\\n')
log.write('2\\n')
""",
    )
    assert log.read_text() == "2\n"
    assert older_file(log, 1).read_text() == "long\nstill in the file before\n"


def test_a_line_of_which_a_part_was_written_does_not_spoil_the_next_one(tmp_path: Path) -> None:
    log = tmp_path / "log"
    run(
        log,
        """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (8, hard))
log = LogFile(str(path))
log.write('first\\n')
log.write('lost, but for a part\\n')
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
log.write('whole\\n')
log.write('next\\n')
""",
    )
    assert log.read_text() == "first\nlo\nwhole\nnext\n"
