"""A small process in place of a real one: ready at once, and tells its environment."""

from __future__ import annotations

import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer


class Tell(BaseHTTPRequestHandler):
    """Answers everything with the variables the launcher gave us."""

    def do_GET(self) -> None:
        body = json.dumps({name: value for name, value in os.environ.items() if name.startswith("GOLDENTHREAD_")})
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    HTTPServer((os.environ["GOLDENTHREAD_HTTP_HOST"], int(os.environ["GOLDENTHREAD_HTTP_PORT"])), Tell).serve_forever()
