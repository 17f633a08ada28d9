from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from goldenthread.cli import main


class FakeGateway:
    """Answers every GraphQL request with the next of `answers`, and keeps what was asked."""

    def __init__(self) -> None:
        self.answers: list[Any] = []
        self.status = 200
        self.asked: list[dict[str, Any]] = []
        self.tokens: list[str | None] = []
        self.organizations: list[str | None] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                gateway.asked.append(json.loads(body or b"{}"))
                gateway.tokens.append(self.headers["authorization"])
                gateway.organizations.append(self.headers["golden-thread-organization"])
                answer = gateway.answers.pop(0)
                raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(gateway.status)
                self.send_header("content-length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/graphql"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    fake = FakeGateway()
    yield fake
    fake.close()


Run = Callable[..., int]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line with these arguments, and a token; gives the exit code."""
    for name in ("GOLDENTHREAD_URL", "GOLDENTHREAD_DATA_DIR", "GOLDENTHREAD_POSTGRES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOLDENTHREAD_TOKEN", "t")

    def call(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["goldenthread", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    return call
