"""Errors as RFC 9457 problem details."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException

from codek7.core.error_codes import HTTP_STATUS
from codek7.core.errors import Codek7Error, TooManyRequests

MEDIA_TYPE = "application/problem+json"
CHECKSUM_MISMATCH = 460
log = logging.getLogger("codek7.server")


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 9457. `code` is stable, for programs; `detail` and `hint` are for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    code: str = ""
    hint: str = ""


def respond(problem: Problem, headers: dict[str, str] | None = None) -> Response[Problem]:
    """The response that says so."""
    return Response(problem, status_code=problem.status, media_type=MEDIA_TYPE, headers=headers)


def phrase(status: int) -> str:
    """A status in words; 460 is of the tus protocol, not of HTTP."""
    return "Checksum Mismatch" if status == CHECKSUM_MISMATCH else HTTPStatus(status).phrase


def ours(_: Request[Any, Any, Any], error: Codek7Error) -> Response[Problem]:
    """What codek7 raises on purpose."""
    status = HTTP_STATUS[error.code]
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_s)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s: %s", error.code, error)
    problem = Problem(
        title=phrase(status), status=status, detail=error.message, code=error.code, hint=error.hint
    )
    return respond(problem, headers)


def litestars(_: Request[Any, Any, Any], error: HTTPException) -> Response[Problem]:
    """What the framework refuses: unknown paths, wrong methods, bodies that do not fit."""
    status = HTTPStatus(error.status_code)
    detail = error.detail if status < HTTPStatus.INTERNAL_SERVER_ERROR else ""
    said = error.extra if isinstance(error.extra, list) else []
    wrong = "; ".join(f"{each.get('key', '')}: {each.get('message', '')}" for each in said)
    problem = Problem(
        title=status.phrase,
        status=int(status),
        detail=f"{detail}: {wrong}" if wrong else detail,
        code=status.phrase.lower().replace(" ", "-"),
    )
    return respond(problem, dict(error.headers or {}))


def nested(_: Request[Any, Any, Any], error: RecursionError) -> Response[Problem]:
    """Only what is sent can be so deep: JSON, which is decoded before any of ours runs."""
    log.warning("a request was nested too deeply", exc_info=error)
    return respond(
        Problem(
            title="Bad Request", status=400, detail="what was sent is nested too deeply", code="bad-request"
        )
    )


def anything(_: Request[Any, Any, Any], error: Exception) -> Response[Problem]:
    """A fault of the server's: logged, and not shown."""
    log.error("a request failed", exc_info=error)
    return respond(Problem(title="Internal Server Error", status=500, code="error"))


HANDLERS: dict[int | type[Exception], Any] = {
    Codek7Error: ours,
    HTTPException: litestars,
    RecursionError: nested,
    Exception: anything,
}
