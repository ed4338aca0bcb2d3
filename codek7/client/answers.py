"""What a server answered: the value, or the error that it raised, as the same class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec

from codek7.client.calls import Call
from codek7.core.errors import Codek7Error, ServerUnreachable, TooManyRequests
from codek7.core.values import from_json

T = TypeVar("T")


class Problem(msgspec.Struct, frozen=True):
    """RFC 9457."""

    title: str = ""
    detail: str = ""
    code: str = ""
    hint: str = ""


def value_of(call: Call[T], status: int, headers: Mapping[str, str], body: bytes) -> T:
    """The answer. Raises the `Codek7Error` that the server did; `ServerUnreachable` for what none sends."""
    if status >= HTTPStatus.BAD_REQUEST:
        raise error_of(status, headers, body)
    found: Any = body if call.kind is bytes else headers
    if call.kind not in (None, bytes):
        try:
            found = from_json(body, call.kind)
        except msgspec.MsgspecError as error:
            raise ServerUnreachable(
                f"{call.method} {call.path} was not answered as codek7 does: {error}",
                hint="is the address that of a codek7 server of this release?",
            ) from error
    value: T = found
    return value


def error_of(status: int, headers: Mapping[str, str], body: bytes) -> Codek7Error:
    """The error behind a problem response."""
    try:
        problem = from_json(body, Problem)
    except msgspec.MsgspecError:
        problem = Problem(title=f"HTTP status {status}")
    said = problem.detail or problem.title or f"HTTP status {status}"
    kind = _kinds().get(problem.code, Codek7Error)
    if issubclass(kind, TooManyRequests):
        after = headers.get("retry-after", "")
        return kind(said, hint=problem.hint, retry_s=int(after) if after.isdigit() else 60)
    if kind is Codek7Error and status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT):
        kind = ServerUnreachable
    return kind(said, hint=problem.hint)


@cache
def _kinds() -> dict[str, type[Codek7Error]]:
    def below(kind: type[Codek7Error]) -> Iterator[type[Codek7Error]]:
        yield kind
        for each in kind.__subclasses__():
            yield from below(each)

    return {kind.code: kind for kind in below(Codek7Error)}
