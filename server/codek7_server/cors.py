"""Pages of other sites that may use the API: none, unless the settings name them."""

from __future__ import annotations

from litestar.config.cors import CORSConfig

from codek7.core.settings import Server

# What tus clients send and read besides what browsers always let through.
_SENT = [
    "Authorization", "Content-Type", "Tus-Resumable", "Upload-Length", "Upload-Metadata", "Upload-Offset",
    "Upload-Checksum", "Upload-Defer-Length", "X-HTTP-Method-Override", "X-Requested-With", "Last-Event-ID",
]  # fmt: skip
_READ = [
    "Location", "Retry-After", "Codek7-Asset", "Tus-Resumable", "Tus-Version", "Tus-Extension",
    "Tus-Max-Size",
    "Tus-Checksum-Algorithm", "Upload-Offset", "Upload-Length", "Upload-Expires", "Upload-Metadata",
]  # fmt: skip


def cors(settings: Server) -> CORSConfig | None:
    """Without cookies: who calls from elsewhere brings an API key."""
    if not settings.cors_origins:
        return None
    return CORSConfig(
        allow_origins=list(settings.cors_origins),
        allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE"],
        allow_headers=_SENT,
        expose_headers=_READ,
        allow_credentials=False,
        max_age=600,
    )
