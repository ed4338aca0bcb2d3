"""What a command exits with, and what the server answers with, by an error's code."""

from __future__ import annotations

EXIT_CODES: dict[str, int] = {
    "usage": 2, "settings-invalid": 2, "ladder-invalid": 2, "policy-unknown": 2, "source-not-found": 2,
    "query-invalid": 2, "media": 5, "media-unreadable": 5, "media-refused": 5, "media-too-big": 5,
    "media-empty": 5, "encode": 1, "encode-failed": 1, "encode-stalled": 1, "frames-differ": 1,
    "init-differs": 1, "presentation-faulty": 1, "store": 1, "object-not-found": 1, "key-invalid": 1,
    "store-unavailable": 1, "disk-full": 1, "catalog": 1, "catalog-busy": 1, "catalog-lost": 1,
    "catalog-newer": 1, "catalog-damaged": 1, "asset-not-found": 2, "plugin-failed": 1, "tool-missing": 1,
    "interrupted": 130, "access": 1, "unauthenticated": 1, "forbidden": 1, "key-not-found": 2,
    "too-many-requests": 1, "upload": 1, "upload-not-found": 2, "upload-conflict": 1, "upload-too-big": 1,
    "quota-reached": 1, "job-not-found": 2, "worker-lost": 1,
    "state-conflict": 1, "edit-conflict": 1, "server-unreachable": 1, "upload-gone": 2,
    "upload-locked": 1, "upload-stalled": 1, "upload-type-wrong": 1, "checksum-mismatch": 1,
    "protocol-version-wrong": 1, "outbound": 1, "address-refused": 1, "fetch-failed": 1,
    "webhook-not-found": 2, "query-too-big": 2, "not-ready": 1, "home-faulty": 1,
    "request-too-slow": 1, "server-busy": 1,
}  # fmt: skip
"""What a command exits with, by error code."""

HTTP_STATUS: dict[str, int] = {
    "usage": 400, "settings-invalid": 500, "ladder-invalid": 422, "policy-unknown": 422,
    "source-not-found": 422, "query-invalid": 400, "media": 422, "media-unreadable": 422,
    "media-refused": 415, "media-too-big": 413, "media-empty": 422, "encode": 500, "encode-failed": 500,
    "encode-stalled": 500, "frames-differ": 500, "init-differs": 500, "presentation-faulty": 500,
    "store": 500, "object-not-found": 404, "key-invalid": 404, "store-unavailable": 503, "disk-full": 507,
    "catalog": 500, "catalog-busy": 503, "catalog-lost": 503, "catalog-newer": 500, "catalog-damaged": 500,
    "asset-not-found": 404, "plugin-failed": 500, "tool-missing": 501, "interrupted": 503, "access": 403,
    "unauthenticated": 401, "forbidden": 403, "key-not-found": 404, "too-many-requests": 429, "upload": 400,
    "upload-not-found": 404, "upload-conflict": 409, "upload-too-big": 413, "quota-reached": 507,
    "job-not-found": 404, "worker-lost": 500,
    "state-conflict": 409, "edit-conflict": 412, "server-unreachable": 502, "upload-gone": 410,
    "upload-locked": 423, "upload-stalled": 408, "upload-type-wrong": 415, "checksum-mismatch": 460,
    "protocol-version-wrong": 412, "outbound": 502, "address-refused": 422, "fetch-failed": 502,
    "webhook-not-found": 404, "query-too-big": 422, "not-ready": 503, "home-faulty": 500,
    "request-too-slow": 408, "server-busy": 503,
}  # fmt: skip
"""The status of the RFC 9457 problem response, by error code."""
