"""`/sign-in`: an API key becomes a session."""

from __future__ import annotations

from litestar import Response, get
from litestar.response import Redirect

from codek7_server.identity import Identity
from codek7_server.pages.rendering import page


@get("/sign-in", include_in_schema=False)
async def sign_in(identity: Identity, next: str = "/") -> Response[str] | Redirect:  # as in the address
    """The form; whoever has signed in already goes on."""
    onward = _ours(next)
    if identity.id:
        return Redirect(onward, status_code=303)
    return page("sign-in.html", identity, here="sign-in", next=onward)


def _ours(path: str) -> str:
    """A path of this server, whatever a link said."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if ours and "\\" not in path else "/"
