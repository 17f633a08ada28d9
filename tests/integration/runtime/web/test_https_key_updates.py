"""A client that only changes the keys of its connection, again and again: it is cut off before that costs much."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ssl
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from goldenthread.runtime.web.connection_limits import ConnectionLimits
from tests.support.asgi_server import serving
from tests.support.https_server import HttpsFiles

_UPDATE = bytes([24, 0, 0, 1, 1, 22])
"""KeyUpdate of TLS 1.3, with a request to answer it, and the type of its record."""
_RECORD = bytes([23, 3, 3, 0, len(_UPDATE) + 16])
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


def _expand(secret: bytes, label: bytes, size: int) -> bytes:
    name = b"tls13 " + label
    info = size.to_bytes(2, "big") + bytes([len(name)]) + name + b"\0\1"
    return hmac.new(secret, info, hashlib.sha384).digest()[:size]


def updates(secret: bytes, many: int) -> bytes:
    """So many changes of keys, the first one encrypted by `secret` of TLS_AES_256_GCM_SHA384."""
    records = []
    for _ in range(many):
        key, nonce = _expand(secret, b"key", 32), _expand(secret, b"iv", 12)
        records.append(_RECORD + AESGCM(key).encrypt(nonce, _UPDATE, _RECORD))
        secret = _expand(secret, b"traffic upd", 48)
    return b"".join(records)


def client_secret(keys: Path) -> bytes:
    """What OpenSSL wrote of the one connection that it logged."""
    lines = [line.split() for line in keys.read_text().splitlines()]
    (secret,) = (words[2] for words in lines if words[0] == "CLIENT_TRAFFIC_SECRET_0")
    return bytes.fromhex(secret)


async def shaken(url: str, files: HttpsFiles, keys: Path) -> tuple[StreamReader, StreamWriter, bytes]:
    """A connection whose hands are shaken, below TLS, and the secret of what the client sends."""
    context, incoming, outgoing = files.trusting(), ssl.MemoryBIO(), ssl.MemoryBIO()
    context.keylog_filename = str(keys)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    client = context.wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    while True:
        try:
            client.do_handshake()
            break
        except ssl.SSLWantReadError:
            writer.write(outgoing.read())
            incoming.write(await reader.read(65_536))
    writer.write(outgoing.read())
    assert (client.cipher() or ("",))[0] == "TLS_AES_256_GCM_SHA384"
    return reader, writer, client_secret(keys)


async def test_a_client_that_only_changes_keys_is_cut_off(tmp_path: Path) -> None:
    files, patient = HttpsFiles(tmp_path), ConnectionLimits(header_seconds=300, idle_seconds=300)
    async with serving(Starlette(), limits=patient, certificate=files.served()) as url:
        reader, writer, secret = await shaken(url, files, tmp_path / "keys")
        writer.write(updates(secret, 20_000))
        with suppress(ConnectionResetError):
            while await asyncio.wait_for(reader.read(65_536), 20):
                pass
        writer.transport.abort()


async def test_a_client_that_changes_keys_now_and_then_is_answered(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def answer(_: Request) -> Response:
        asked.set()
        return PlainTextResponse("answer")

    files = HttpsFiles(tmp_path)
    async with serving(Starlette(routes=[Route("/", answer)]), certificate=files.served()) as url:
        _, writer, secret = await shaken(url, files, tmp_path / "keys")
        writer.write(updates(secret, 100))
        for _ in range(100):
            secret = _expand(secret, b"traffic upd", 48)
        request = GET + bytes([23])
        record = bytes([23, 3, 3]) + (len(request) + 16).to_bytes(2, "big")
        sealed = AESGCM(_expand(secret, b"key", 32)).encrypt(_expand(secret, b"iv", 12), request, record)
        writer.write(record + sealed)
        await asyncio.wait_for(asked.wait(), 20)
        writer.transport.abort()
