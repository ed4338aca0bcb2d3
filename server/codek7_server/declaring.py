"""Saying in the OpenAPI document what a route may answer, once for all that have it in common."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from litestar import Request
from litestar.exceptions import NotFoundException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag

from codek7.core.error_codes import HTTP_STATUS
from codek7.core.errors import Codek7Error
from codek7_server.problems import MEDIA_TYPE, Problem

KEY: list[dict[str, list[str]]] = [{"key": []}, {"session": []}]
"""`security=KEY`: the route is for those who said who they are."""

COMPONENTS = Components(
    security_schemes={
        "key": SecurityScheme(
            type="http", scheme="bearer", bearer_format="ck7_<id>_<secret>",
            description="An API key, from `codek7 key new`.",
        ),
        "session": SecurityScheme(
            type="apiKey", name="codek7", security_scheme_in="cookie",
            description="The pages' session, from `POST /api/session`; `__Host-codek7` over TLS. What "
            "changes something needs `Origin` or `Sec-Fetch-Site` of this server besides.",
        ),
    }
)  # fmt: skip
TAGS = [
    Tag("assets", "What was uploaded, what is known of it, and how to play it."),
    Tag("uploads", "Bringing media in."),
    Tag("jobs", "What the server works on."),
    Tag("playback", "What viewers experienced."),
    Tag("catalog", "The catalog as tables."),
    Tag("webhooks", "Telling other programs."),
    Tag("access", "Keys and sessions."),
    Tag("operation", "For whoever runs the server."),
]


def fails_with(*errors: type[Codek7Error]) -> dict[int, ResponseSpec]:
    """`responses=fails_with(AssetNotFound, StateConflict)`: the problems that a route has of its own, besides
    those that every route may answer with."""
    by_status: dict[int, list[type[Codek7Error]]] = {}
    for error in errors:
        by_status.setdefault(HTTP_STATUS[error.code], []).append(error)
    return {
        status: ResponseSpec(
            data_container=Problem, generate_examples=False, media_type=MEDIA_TYPE,
            description=" ".join(f"`{e.code}`: {(e.__doc__ or '').splitlines()[0]}" for e in errors),
        )
        for status, errors in by_status.items()
    }  # fmt: skip


class Describing(JsonRenderPlugin):
    """The document, completed with the problems that any request may meet."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """See `JsonRenderPlugin`."""
        for path in openapi_schema["paths"].values():
            for operation in path.values():
                _complete(operation)
        return super().render(request, openapi_schema)


def only_the_document(request: Request[Any, Any, Any]) -> None:
    """Before a request to the document's router, which has a page of its own for the paths below. Raises
    `NotFoundException`."""
    if request.path_params:
        raise NotFoundException


_NOTHING = {"application/json": {"schema": {"type": "null"}}}
"""How the framework documents `Response[None]`, which has no body."""


def _complete(operation: dict[str, Any]) -> None:
    """A second time it changes nothing."""
    answers = operation["responses"]
    for answer in answers.values():
        if answer.get("content") == _NOTHING:
            del answer["content"]
    if "ValidationException" in str(answers.get("400")) or "Validation Exception" in str(answers.get("400")):
        del answers["400"]  # the framework's own form, which no response of ours has
    for status in _common(operation):
        answers.setdefault(str(status.value), _problem(status))


def _common(operation: dict[str, Any]) -> list[HTTPStatus]:
    common = [
        HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE,
    ]  # fmt: skip
    if operation.get("security"):
        common.append(HTTPStatus.FORBIDDEN)
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", [])):
        common.append(HTTPStatus.NOT_FOUND)
    if "requestBody" in operation:
        common += [HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE]
    return common


def _problem(status: HTTPStatus) -> dict[str, Any]:
    """A problem response as the document has it."""
    said: dict[str, Any] = {
        "description": status.phrase,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        said["headers"] = {"Retry-After": {"description": "In seconds.", "schema": {"type": "string"}}}
    if status == HTTPStatus.UNAUTHORIZED:
        said["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return said
