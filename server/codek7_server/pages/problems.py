"""Problem responses for people: browsers that ask for a page get one, programs get what they always got."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from litestar import Request, Response

from codek7_server.identity import ANYONE, Identity
from codek7_server.pages.rendering import page
from codek7_server.problems import Problem

Asked = Request[Any, Any, Any]
Handler = Callable[[Asked, Any], Response[Any]]

PROGRAMS = ("/api", "/static/", "/v/", "/health", "/ready", "/metrics")
TEXTS = {
    401: ("Who is watching?", "This is not for everyone. Sign in with a key that may see it."),
    403: ("Not for this key", "You are signed in, but what you asked for is somebody else's."),
    404: ("Nothing on this tape", "There is no such page, or what it showed was removed."),
    429: ("One at a time", "That was a lot of requests. Wait a moment, then reload the page."),
    500: ("The tape got stuck", "The server made a mistake, and has written down which."),
    503: ("Back in a moment", "The server is busy, or just starting. Reload the page in a moment."),
}


def for_people(
    handlers: Mapping[int | type[Exception], Handler],
) -> dict[int | type[Exception], Handler]:
    """The same handlers, but with pages for those who browse."""
    return {kind: _readable(handler) for kind, handler in handlers.items()}


def _readable(handler: Handler) -> Handler:
    def respond(request: Asked, error: Exception) -> Response[Any]:
        answer = handler(request, error)
        if not isinstance(answer.content, Problem) or not _browsing(request):
            return answer
        return _page(request, answer.content, answer.headers)

    return respond


def _browsing(request: Asked) -> bool:
    if request.scope["path"].startswith(PROGRAMS) or request.method not in ("GET", "HEAD"):
        return False
    return "text/html" in request.headers.get("accept", "")


def _page(request: Asked, problem: Problem, headers: Mapping[str, str]) -> Response[str]:
    who = request.scope.get("state", {}).get("identity")
    identity = who if isinstance(who, Identity) else ANYONE
    heading, words = TEXTS.get(problem.status, (problem.title, problem.detail))
    path = request.scope["path"]
    response = page(
        "problem.html",
        identity,
        here="problem",
        script="frame.js",
        status=problem.status,
        number=problem.status,
        heading=heading,
        words=words,
        sign_in=f"/sign-in?next={quote(path)}" if problem.status == 401 else "",
    )
    response.headers.update(headers)  # Allow, Retry-After, WWW-Authenticate
    return response
