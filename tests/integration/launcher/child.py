"""A small real process: serves /ready and /live, writes what it does into a journal, and behaves as its arguments say.

A request for /block blocks it for a minute: it serves one request after the other, as an event loop does.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import FrameType

SLOW = 0.1


def main(name: str, journal: str, behaviour: str) -> None:
    def note(what: str) -> None:
        with Path(journal).open("a") as file:
            file.write(f"{what} {name}\n")

    def end(number: int, frame: FrameType | None) -> None:
        note("stops")
        sys.exit(0)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/block":
                time.sleep(60)
            if self.path == "/live" and behaviour == "slow":
                time.sleep(SLOW)
                note("answers")
            self.send_response(200 if self.path in ("/ready", "/live") else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    note("starts")
    if behaviour == "fails":
        sys.exit("cannot find my settings")
    signal.signal(signal.SIGTERM, signal.SIG_IGN if behaviour == "stubborn" else end)
    if behaviour == "never-ready":
        time.sleep(60)
    HTTPServer(("127.0.0.1", int(os.environ["GOLDENTHREAD_HTTP_PORT"])), Answer).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
