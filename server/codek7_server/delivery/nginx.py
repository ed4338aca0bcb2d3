"""A configuration for nginx in front of the server, in which nginx verifies playback tokens itself
(`ngx_http_secure_link_module`) and serves a local store's files, or is told by the server which to serve
(`X-Accel-Redirect`).

What goes into it comes from settings and flags, never from a request; what nginx would read as more than one
plain word is refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from codek7.core import settings
from codek7.core.errors import SettingsInvalid
from codek7.core.ports import Store
from codek7.core.records import ASSETS
from codek7_server.delivery.app import GROWING, PLAYLIST_S
from codek7_server.delivery.cors import ALLOWED, EXPOSED, METHODS, PREFLIGHT_S
from codek7_server.delivery.media_types import MEDIA_TYPES, PLAYLIST, UNKNOWN
from codek7_server.delivery.ranges import MAX_RANGES
from codek7_server.delivery.tokens import MAX_EXPIRY_DIGITS

ACCEL = "/codek7-store"
"""Where nginx has the store for itself, unless the setting `accel_prefix` names another place."""

_PLAIN = re.compile(r"[^\s\"'\\;{}$#]+")


class Front(NamedTuple):
    """What nginx is to be for others. `keys_file` holds the entries of the map from a key's id to its secret;
    without it, the server verifies."""

    listen: str = "80"
    server_name: str = "_"
    certificate: str = ""
    certificate_key: str = ""
    backend: str = "127.0.0.1:8700"
    keys_file: str = ""


def configuration(front: Front, store: Path, how: settings.Delivery) -> str:
    """A file for nginx's `http` block. Raises `SettingsInvalid`."""
    for name, value in front._asdict().items():
        _check(name, value)
    _check("the store's folder", str(store))
    _check("accel_prefix", how.accel_prefix)
    for origin in how.cors_origins:
        _check("cors_origins", origin)
    if bool(front.certificate) != bool(front.certificate_key):
        raise SettingsInvalid("a certificate and its key come together", hint="give both, or neither")
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701  # it is no HTML; every value is checked above
        keep_trailing_newline=True,
    )
    return pages.get_template("nginx.conf.jinja").render(
        **front._asdict(),
        verify=bool(front.keys_file),
        store=str(store),
        assets=ASSETS,
        accel=how.accel_prefix.rstrip("/") or ACCEL,
        age_s=how.token_ttl_s,
        playlist_age_s=min(PLAYLIST_S, how.token_ttl_s),
        growing=GROWING,
        everybody="*" in how.cors_origins,
        origins=() if "*" in how.cors_origins else how.cors_origins,
        methods=METHODS.decode(),
        headers=ALLOWED.decode(),
        exposed=EXPOSED.decode(),
        preflight_s=PREFLIGHT_S.decode(),
        types=MEDIA_TYPES,
        unknown=UNKNOWN,
        playlist=PLAYLIST,
        ranges=MAX_RANGES,
        digits=MAX_EXPIRY_DIGITS,
    )


def folder_of(store: Store) -> Path:
    """The folder that nginx can serve. Raises `SettingsInvalid` where the store is none."""
    parts = urlsplit(store.url)
    if parts.scheme != "file":
        raise SettingsInvalid(
            f"nginx can serve files, and {store.url} has none",
            hint="let players reach `codek7 serve --role delivery`, or set server.delivery.signed_urls",
        )
    return Path(unquote(parts.path))


def _check(name: str, value: str) -> None:
    if value and not _PLAIN.fullmatch(value):
        raise SettingsInvalid(
            f"{name}: {value!a} cannot stand in a configuration of nginx",
            hint="spaces, quotes and any of ;{}$#\\ cannot",
        )
