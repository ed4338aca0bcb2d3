"""Templates become responses. Everything put into one is escaped, and no page runs what it did not bring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import MediaType, Response

from codek7 import __version__
from codek7_server.access import may
from codek7_server.identity import Identity
from codek7_server.pages.bundle import bundle

HEADERS = {
    "Cache-Control": "private, no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "Vary": "Accept-Encoding, Cookie, HX-Request",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_templates = Environment(
    loader=PackageLoader("codek7_server.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    template: str,
    identity: Identity,
    *,
    here: str,
    script: str = "",
    player: bool = False,
    media_from: str = "",
    status: int = 200,
    **shown: Any,
) -> Response[str]:
    """A page. `here` is what the navigation calls it, `script` what it runs (of the bundle);
    `player` is whether there is one, and `media_from` the origin of media that are not ours."""
    built = bundle()
    if built is None:
        return not_built()
    return Response(
        _templates.get_template(template).render(
            **shown,
            here=here,
            script=script or f"{here}.js",
            identity=identity,
            may_upload=may(identity, "asset:upload"),
            static=built.path,
            version=__version__,
        ),
        status_code=status,
        media_type=MediaType.HTML,
        headers={**HEADERS, "Content-Security-Policy": policy(built.styles if player else (), media_from)},
    )


def not_built() -> Response[str]:
    """Instead of any page, where the build made none."""
    text = _templates.get_template("not-built.html").render()
    headers = {**HEADERS, "Content-Security-Policy": "default-src 'none'"}
    return Response(text, status_code=503, media_type=MediaType.HTML, headers=headers)


def policy(styles: Sequence[str], media_from: str = "") -> str:
    """The Content-Security-Policy: nothing inline, and nothing from elsewhere, unless the store hands out
    the media itself: `media_from` is its origin then.

    The player's elements bring styles of their own in their shadow trees; those are allowed by their hashes.
    `blob:` is what Media Source Extensions play from, `data:` the empty track that hls.js puts cues into.
    """
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": " ".join(["'self'", *(f"'{each}'" for each in styles)]),
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": f"'self' {media_from}".strip(),
        "media-src": f"'self' blob: data: {media_from}".strip(),
        "worker-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
