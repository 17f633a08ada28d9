"""A small real process: serves /ready, writes what it does into a journal, and behaves as its arguments say."""

from __future__ import annotations

import os
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import FrameType


def main(name: str, journal: str, behaviour: str) -> None:
    def note(what: str) -> None:
        with Path(journal).open("a") as file:
            file.write(f"{what} {name}\n")

    def end(number: int, frame: FrameType | None) -> None:
        note("stops")
        sys.exit(0)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/ready" else 404)
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
