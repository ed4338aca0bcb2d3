"""The ASGI application below `/v/`: verifies the token, finds the object, and answers as RFC 9110 says.

It stands before the framework, where a playlist costs a fraction of what it would cost inside.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from litestar.types import HTTPScope, Receive, Send

from codek7.core import settings
from codek7.core.errors import KeyInvalid, ObjectNotFound, StoreUnavailable
from codek7.core.keys import check_key
from codek7.core.ports import SigningStore, Store
from codek7.core.records import ASSETS
from codek7_server.delivery import answers
from codek7_server.delivery.answers import Refusal, answer, refuse
from codek7_server.delivery.cors import Cors, Headers
from codek7_server.delivery.media_types import is_playlist, media_type
from codek7_server.delivery.negotiation import prefers_gzip
from codek7_server.delivery.objects import Changed, Found, Objects, is_same
from codek7_server.delivery.ready import Ready, ReadyAnswers
from codek7_server.delivery.sending import Sender
from codek7_server.delivery.serving import Asked, select, serve_object
from codek7_server.delivery.signing import Signing
from codek7_server.delivery.tokens import Tokens
from codek7_server.delivery.zero_copy import cycle_of, send_ready

PREFIX = "/v/"
GROWING = "preview-"
"""What the versions begin with that are still written to."""
PLAYLIST_S = 60
TRIES = 3
"""How often an answer is begun anew because the object was exchanged meanwhile."""

HEARD = frozenset((
    b"range", b"if-range", b"if-match", b"if-none-match", b"if-modified-since", b"if-unmodified-since",
    b"accept-encoding", b"origin", b"cmcd-object", b"cmcd-request", b"cmcd-session", b"cmcd-status",
))  # fmt: skip

log = logging.getLogger("codek7.delivery")


class Target(NamedTuple):
    """What a good token was shown for."""

    asset: str
    version: str
    path: str
    expiry_s: int
    now_s: int

    @property
    def key(self) -> str:
        """Of the object."""
        return f"{ASSETS}{self.asset}/{self.version}/{self.path}"

    @property
    def lasting(self) -> bool:
        """Whether its bytes are never exchanged."""
        return not self.version.startswith(GROWING)

    @property
    def left_s(self) -> int:
        """How long the address is good."""
        return max(0, self.expiry_s - self.now_s)

    @property
    def caching(self) -> bytes:
        """`Cache-Control`: nothing is kept longer than its address is good."""
        if not is_playlist(self.path):
            return b"public, max-age=%d, immutable" % self.left_s
        return b"public, max-age=%d" % min(PLAYLIST_S, self.left_s) if self.lasting else b"no-store"


class Delivery:
    """Hands out one store's published objects. `answered` counts statuses; `on_cmcd`, where it is set, is
    called with asset, version and the raw CMCD values (CTA-5004) of each request that has some."""

    def __init__(self, store: Store, tokens: Tokens, how: settings.Delivery) -> None:
        self.objects = Objects(store, cache_bytes=how.cache_mb << 20)
        self._ready = ReadyAnswers(how.cache_mb << 17)
        self.answered: Counter[int] = Counter()
        self.on_cmcd: Callable[[str, str, str], None] | None = None
        self._tokens = tokens
        self._cors = Cors(how.cors_origins)
        self._accel = how.accel_prefix.rstrip("/")
        self._sender = Sender(self.objects)
        self._signing: Signing | None = None
        if how.signed_urls and isinstance(store, SigningStore):
            self._signing = Signing(store.signed_url, how.token_ttl_s, self.objects)

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        """One request whose path begins with `/v/`."""
        method = scope["method"]
        heard: dict[bytes, bytes] = {}
        for name, value in scope["headers"]:
            if name in HEARD:  # a field that must not come twice is not understood then, and ignored
                heard[name] = heard[name] + b", " + value if name in heard else value
        origin = heard.get(b"origin")
        common = self._cors.headers(origin)
        if method not in ("GET", "HEAD"):
            if method == "OPTIONS":
                await self._answer(204, self._cors.preflight(origin), send)
            else:
                await self._refuse(answers.NOT_ALLOWED, common, method, send)
            return
        path = scope["path"]
        gzip = prefers_gzip(heard.get(b"accept-encoding", b""))
        ready = self._ready.get(path, heard, gzip=gzip, now_s=time.time(), keys=self._tokens.keys)
        told = self.on_cmcd is not None and scope["query_string"]
        if ready is not None and method == "GET" and not told and is_same(ready.found):
            self.answered[200] += 1
            cycle = cycle_of(send)
            if cycle is None or not send_ready(cycle, ready.head, ready.body["body"]):
                await send(ready.start)
                await send(ready.body)
            return
        target = self._allowed(path)
        if target is None:
            await self._refuse(answers.FORBIDDEN, common, method, send)
            return
        if self.on_cmcd is not None:
            self._pass_cmcd(target, heard, scope["query_string"])
        asked = Asked(method, heard, [*common, (b"cache-control", target.caching)], target.lasting)
        if self._accel:
            await self._leave_to_nginx(target, asked, send)
        else:
            await self._deliver(target, asked, common, scope, receive, send)

    def close(self) -> None:
        """Let go of the threads."""
        self.objects.close()

    def _allowed(self, path: str) -> Target | None:
        parts = path.split("/", 6)
        if len(parts) != 7:
            return None
        _, _, token, expiry, asset, version, name = parts
        now_s = time.time()
        if not self._tokens.verify(token, expiry, f"{asset}/{version}", now_s=now_s):
            return None
        return Target(asset, version, name, int(expiry), int(now_s))

    async def _deliver(
        self, target: Target, asked: Asked, common: Headers, scope: HTTPScope, receive: Receive, send: Send
    ) -> None:
        refusal: Refusal = answers.UNAVAILABLE
        for _ in range(TRIES):
            try:
                found = self.objects.known(target.key) or await self._find(target, asked)
                if self._signing is not None and is_playlist(target.path):
                    found = await self._signing.playlist(found)
                status = await serve_object(found, asked, self._sender, scope, receive, send)
                self.answered[status] += 1
                if status == 200:
                    self._keep(scope["path"], target, found, asked)
                return
            except Changed:
                continue
            except (ObjectNotFound, KeyInvalid):
                refusal = answers.NOT_FOUND
            except StoreUnavailable as error:
                log.warning("%s", error)
            except Exception:
                log.exception("an object could not be delivered")
                refusal = answers.FAILED
            break
        await self._refuse(refusal, common, asked.method, send)

    def _keep(self, path: str, target: Target, found: Found, asked: Asked) -> None:
        """Where the next answer would be the same: it says for how long, so not at the end of the token."""
        if not (is_playlist(path) and found.body and self._cors.everybody and self._signing is None):
            return
        selected = select(found, asked)
        start: Any = {"type": "http.response.start", "status": 200, "headers": selected.headers(found)}
        body = {"type": "http.response.body", "body": selected.body, "more_body": False}
        head = b"HTTP/1.1 200 OK\r\n" + b"".join(b"%s: %s\r\n" % header for header in start["headers"])
        ready = Ready(found, target.expiry_s - PLAYLIST_S, self._tokens.keys, start, body, head)
        self._ready.keep(path, ready, gzip=selected.body is found.packed)

    async def _find(self, target: Target, asked: Asked) -> Found:
        check_key(target.key)
        will_read = asked.method == "GET" and b"if-none-match" not in asked.heard
        will_read = will_read and b"if-modified-since" not in asked.heard
        return await self.objects.find(target.key, lasting=target.lasting, will_read=will_read)

    async def _leave_to_nginx(self, target: Target, asked: Asked, send: Send) -> None:
        """nginx looks for the file, and does ranges and conditions."""
        try:
            check_key(target.key)
        except KeyInvalid:
            await self._refuse(answers.NOT_FOUND, asked.common, asked.method, send)
            return
        headers = [
            *asked.common,
            (b"content-type", media_type(target.path).encode()),
            (b"x-accel-redirect", f"{self._accel}/{target.key}".encode()),
        ]
        await self._answer(200, headers, send)

    async def _refuse(self, refusal: Refusal, common: Headers, method: str, send: Send) -> None:
        self.answered[refusal.status] += 1
        await refuse(refusal, common, method, send)

    async def _answer(self, status: int, headers: Headers, send: Send) -> None:
        self.answered[status] += 1
        if status != 204:
            headers = [*headers, (b"content-length", b"0")]
        await answer(status, headers, b"", send)

    def _pass_cmcd(self, target: Target, heard: dict[bytes, bytes], query: bytes) -> None:
        from urllib.parse import parse_qs

        said = [value.decode("latin-1") for name, value in heard.items() if name.startswith(b"cmcd-")]
        if b"CMCD=" in query:
            said += parse_qs(query.decode("latin-1")).get("CMCD", [])
        if said and self.on_cmcd is not None:
            self.on_cmcd(target.asset, target.version, ",".join(said))


class Dispatcher:
    """Delivery, and everything else."""

    def __init__(self, delivery: Delivery, rest: Any) -> None:
        self.delivery = delivery
        self.rest = rest

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """By the path alone."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self.delivery(scope, receive, send)
        else:
            await self.rest(scope, receive, send)
