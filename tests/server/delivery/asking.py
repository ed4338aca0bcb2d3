"""Asking an ASGI application as a server would, and plain models of what RFC 9110 says it must answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Answer:
    """A response, with all of its body. `sent_path` is the file that the server was told to send."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    sent_path: str = ""

    def __getitem__(self, name: str) -> str:
        """The first value of a header; empty where there is none."""
        return self.all(name)[0] if self.all(name) else ""

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for each, value in self.headers if each == name.lower()]


def ask(
    app: Any,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    query: str = "",
    extensions: Mapping[str, Any] | None = None,
) -> Answer:
    """One request to an application, in an event loop of its own."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    scope = {
        "type": "http",
        "scheme": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in pairs],
        "extensions": dict(extensions or {}),
    }
    return asyncio.run(_ask(app, scope))


async def _ask(app: Any, scope: dict[str, Any]) -> Answer:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *rest = sent
    assert start["type"] == "http.response.start"
    assert not any(message.get("more_body") for message in rest[-1:]), "the response has no end"
    body = b"".join(message.get("body", b"") for message in rest)
    headers = [(name.decode(), value.decode("latin-1")) for name, value in start["headers"]]
    path = next((message["path"] for message in rest if "path" in message), "")
    answer = Answer(start["status"], headers, body, path)
    if scope["method"] != "HEAD" and answer["content-length"]:
        size = Path(path).stat().st_size if path else len(body)
        assert int(answer["content-length"]) == size, "the length that was promised"
    return answer


class Part(NamedTuple):
    """A part of a multipart/byteranges body."""

    content_range: str
    content_type: str
    body: bytes


def parts_of(answer: Answer) -> list[Part]:
    """A multipart body, read by the standard library."""
    whole = b"Content-Type: " + answer["content-type"].encode() + b"\r\n\r\n" + answer.body
    message = BytesParser().parsebytes(whole)
    assert message.is_multipart()
    boundary = b"--" + re.findall(r"boundary=(\S+)", answer["content-type"])[0].encode()
    raw = answer.body.split(boundary)[1:-1]
    bodies = [each.split(b"\r\n\r\n", 1)[1][:-2] for each in raw]
    payload: list[Any] = message.get_payload()  # type: ignore[assignment]  # a list where it is multipart
    assert len(payload) == len(bodies)
    return [
        Part(part["Content-Range"], part["Content-Type"], body)
        for part, body in zip(payload, bodies, strict=True)
    ]


# The model: what each byte range means, as sets of positions


def wanted_bytes(header: str, size: int) -> list[set[int]] | None:
    """For each range the positions it is for; None where the header is to be ignored. Written from the text
    of RFC 9110, section 14, with no thought for speed."""
    unit, equals, listed = header.partition("=")
    if unit.lower() != "bytes" or not equals:
        return None
    specs = [spec.strip(" \t") for spec in listed.split(",")]
    specs = [spec for spec in specs if spec != ""]
    if not specs:
        return None
    found = []
    for spec in specs:
        first, dash, last = spec.partition("-")
        if not dash or not all(c in "0123456789" for c in first + last) or first + last == "":
            return None
        if first and last and int(last) < int(first):
            return None
        if first:
            found.append({at for at in range(size) if at >= int(first) and (not last or at <= int(last))})
        else:
            found.append({at for at in range(size) if at >= size - int(last)})
    return found
