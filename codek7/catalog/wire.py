"""The catalog's methods as messages: one JSON object each, behind its length in four bytes.

A request names a method and its arguments; an answer has a result, or an error by its stable code. Types are
those of the port, so what arrives is checked as every other JSON is.
"""

from __future__ import annotations

import inspect
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, get_type_hints

import msgspec

from codek7.core.errors import Codek7Error, QueryInvalid, UsageError
from codek7.core.events import AnyEvent
from codek7.core.ports import Catalog
from codek7.core.values import from_json, to_json

MAX_BYTES = 1_000_000_000
_LENGTH = struct.Struct(">I")
READS = frozenset({
    "asset", "assets", "detail", "versions", "live_work", "work_of", "query", "job", "jobs", "history",
    "last_event", "playback", "note_progress", "forget_version", "trials", "add_trials", "add_study",
    "forget_studies",
})  # fmt: skip
"""Methods that can be called a second time when nobody knows what became of the first."""
METHODS = frozenset(name for name in vars(Catalog) if name[0] != "_" and name != "hold")


class Request(msgspec.Struct, frozen=True):
    """A call."""

    method: str
    params: msgspec.Raw


class Fault(msgspec.Struct, frozen=True):
    """An error, by its code."""

    code: str
    message: str
    hint: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What a call gave, or what it raised."""

    result: msgspec.Raw = msgspec.Raw(b"null")
    fault: Fault | None = None


class Call(NamedTuple):
    """The types of a method."""

    params: Any
    returns: Any


@cache
def call_of(method: str) -> Call:
    """Raises `KeyError` for what is no method of the port."""
    if method not in METHODS:
        raise KeyError(method)
    function = getattr(Catalog, method)
    hints = get_type_hints(function)
    if method == "apply":  # events are told apart by their tags
        hints["events"] = Sequence[AnyEvent]
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    params = msgspec.defstruct(method, [(name, hints[name]) for name in names])
    return Call(params, hints["return"])


def request(method: str, given: Sequence[Any], named: Mapping[str, Any]) -> bytes:
    """A call as a message. Raises `TypeError` where the method does not take these arguments,
    `UsageError` where they are no text."""
    bound = inspect.signature(getattr(Catalog, method)).bind(None, *given, **named)
    bound.apply_defaults()
    params = {name: value for name, value in bound.arguments.items() if name != "self"}
    try:
        return to_json({"method": method, "params": params})
    except UnicodeEncodeError as error:
        refused = QueryInvalid if method == "query" else UsageError
        raise refused("there are characters in it that no text has", hint="is it text at all?") from error


def answer(result: object) -> bytes:
    """A result as a message."""
    return to_json({"result": result})


def failure(error: Codek7Error) -> bytes:
    """An error as a message."""
    return to_json({"fault": Fault(error.code, error.message, error.hint)})


def result_of(body: bytes, method: str) -> Any:
    """The result; raises the error that the other side raised."""
    said = from_json(body, Answer)
    if said.fault is not None:
        raise _errors()[said.fault.code](said.fault.message, hint=said.fault.hint)
    returns = call_of(method).returns
    return None if returns is type(None) else from_json(bytes(said.result), returns)


@cache
def _errors() -> dict[str, type[Codek7Error]]:
    def below(kind: type[Codek7Error]) -> Iterator[type[Codek7Error]]:
        yield kind
        for each in kind.__subclasses__():
            yield from below(each)

    return {kind.code: kind for kind in below(Codek7Error)}


def send(to: socket.socket, body: bytes) -> None:
    """Write a message."""
    to.sendall(_LENGTH.pack(len(body)) + body)


def receive(source: socket.socket) -> bytes:
    """Read a message; empty where the other side has closed. Raises `ConnectionError` within one."""
    head = _read(source, _LENGTH.size)
    if not head:
        return b""
    (length,) = _LENGTH.unpack(head)
    if length > MAX_BYTES:
        raise ConnectionError(f"a message of {length} bytes is refused")
    body = _read(source, length)
    if len(body) != length:
        raise ConnectionError("the connection ended within a message")
    return body


def _read(source: socket.socket, length: int) -> bytes:
    parts: list[bytes] = []
    left = length
    while left:
        part = source.recv(min(left, 1 << 20))
        if not part:
            if parts:
                raise ConnectionError("the connection ended within a message")
            return b""
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
