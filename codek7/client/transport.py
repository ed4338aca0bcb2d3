"""What both clients share: where the server is, the key, and requests as httpx takes them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from codek7.client.calls import Call
from codek7.core.edits import Edit
from codek7.core.errors import ServerUnreachable, ToolMissing, UsageError
from codek7.core.events import Noted
from codek7.core.values import from_json

TIMEOUT_S = 60.0
SAID = ("title", "visibility", "description", "tags", "category", "language", "policy")
"""What can be said of a file that is uploaded or imported."""


class Where(NamedTuple):
    """A server, and how to be let in."""

    url: str
    headers: Mapping[str, str]


def where(url: str, key: str) -> Where:
    """The server named, else by CODEK7_SERVER; the key given, else of CODEK7_KEY. Raises `UsageError`,
    `ToolMissing`."""
    try:
        import httpx  # noqa: F401  # asked for early, for a clear error
    except ModuleNotFoundError as error:
        raise ToolMissing("the client needs httpx", hint="pip install 'codek7[client]'") from error
    url = (url or os.environ.get("CODEK7_SERVER", "")).rstrip("/")
    key = key or os.environ.get("CODEK7_KEY", "")
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"not the address of a server: {url!r}", hint="such as https://media.example.org")
    return Where(url, {"Authorization": f"Bearer {key}"} if key else {})


def request(call: Call[Any]) -> dict[str, Any]:
    """A call as httpx takes it. Addresses that a server gave are used whole."""
    return {
        "method": call.method, "url": call.path, "params": dict(call.params), "content": call.body,
        "headers": {"Accept": "application/json", **call.headers},
    }  # fmt: skip


def unreachable(url: str, error: Exception) -> ServerUnreachable:
    """The error for a connection that failed."""
    return ServerUnreachable(f"{url} does not answer: {error}", hint="is the server running?")


def said_of(given: Mapping[str, Any]) -> dict[str, str]:
    """What is said of a file, as text. Raises `UsageError` for what cannot be."""
    unknown = given.keys() - set(SAID)
    if unknown:
        raise UsageError(
            f"nothing is known of {', '.join(sorted(unknown))}", hint=f"there are {', '.join(SAID)}"
        )
    texts = {name: ", ".join(value) if isinstance(value, list | tuple) else str(value)
             for name, value in given.items()}  # fmt: skip
    return {name: text for name, text in texts.items() if text}


def edit_of(given: Mapping[str, Any]) -> Edit:
    """The edit. Raises `UsageError` for fields that assets do not have."""
    unknown = given.keys() - set(Edit.__struct_fields__)
    if unknown:
        raise UsageError(f"assets have no {', '.join(sorted(unknown))}")
    return Edit(**given)


class Events:
    """Lines of server-sent events (WHATWG HTML, section 9.2) become events."""

    def __init__(self) -> None:
        self._data: list[str] = []

    def line(self, line: str) -> Noted | None:
        """The event that ends with this line."""
        if line.startswith("data:"):
            self._data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and self._data:
            text, self._data = "\n".join(self._data), []
            return from_json(text, Noted)
        return None
