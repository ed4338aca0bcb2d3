"""The beacon's body, said in the OpenAPI document: it is read as JSON whatever its media type says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

from codek7_server.playback import beacon


def _schema() -> dict[str, Any]:
    (schema,), parts = msgspec.json.schema_components([beacon.Beacon], ref_template="{name}")
    body: dict[str, Any] = dict(parts[schema["$ref"]])
    body["properties"] = {**body["properties"]}
    body["properties"]["rungs"] = {**body["properties"]["rungs"], "items": parts["BeaconRung"]}
    return body


class _Verbatim(Schema):
    """A schema that is written as it is."""

    def to_schema(self) -> dict[str, Any]:
        return _schema()


@dataclass
class BeaconOperation(Operation):
    """A post of a beacon."""

    def __post_init__(self) -> None:
        media = OpenAPIMediaType(schema=_Verbatim(type=OpenAPIType.OBJECT))
        self.request_body = RequestBody(content={"application/json": media}, required=True)
