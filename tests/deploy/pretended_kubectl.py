"""Pretends to be `kubectl` with a cluster in a folder (`CLUSTER`), for the scripts of overlays/local: Secrets, and
Services that answer as Keycloak and goals do. Every call is written down.
"""

from __future__ import annotations

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs

CLUSTER = Path(os.environ["CLUSTER"])


def main(arguments: list[str]) -> int:
    with (CLUSTER / "calls").open("a") as calls:
        calls.write(json.dumps(arguments) + "\n")
    if arguments[:2] == ["-n", "goldenthread"]:
        arguments = arguments[2:]
    match arguments:
        case ["apply", "-f", file]:
            assert Path(file).is_file()
        case ["get", "secret", name]:
            return 0 if (CLUSTER / name).is_dir() else 1
        case ["get", "secret", name, "-o", template]:
            key = template.partition('"')[2].partition('"')[0] or template.partition(".data.")[2].split(" ")[0]
            sys.stdout.write((CLUSTER / name / key).read_text())
        case ["create", "secret", "generic", name, *files]:
            (CLUSTER / name).mkdir()
            for file in files:
                source = Path(file.removeprefix("--from-file="))
                (CLUSTER / name / source.name).write_bytes(source.read_bytes())
        case ["port-forward", service, ":8080"]:
            serve(service.removeprefix("service/goldenthread-"))
        case _:
            raise SystemExit(f"kubectl is not pretended to do this: {arguments}")
    return 0


def serve(service: str) -> None:
    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked = {"path": self.path, "authorization": self.headers.get("Authorization"), "body": body}
            with (CLUSTER / f"asked-{service}").open("a") as file:
                file.write(json.dumps(asked) + "\n")
            if service == "keycloak":
                client = parse_qs(body)["client_id"][0]
                answer = json.dumps({"access_token": f"token-of-{client}", "expires_in": 600})
            else:
                answer = "{}"
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, format: str, *values: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Service)
    print(f"Forwarding from 127.0.0.1:{server.server_port} -> 8080", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
