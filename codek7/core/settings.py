"""Settings of a home: every value, its default and its meaning. Where they come from is the hub's matter."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from codek7.core.media import Count, Limits

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class Moderation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The built-in rules. 0 or an empty list sets no rule; what breaks one meets `decision`."""

    decision: Literal["review", "block"] = "block"
    min_duration_us: Count = 0
    max_duration_us: Count = 0
    max_size_bytes: Count = 0
    max_width: Count = 0
    max_height: Count = 0
    codecs: tuple[str, ...] = ()
    """Allowed source codecs, by FFmpeg's names."""
    hash_list: str = ""
    """A file of SHA-256 hashes of sources, one a line, that are always blocked."""
    required: tuple[str, ...] = ()
    """Plugins that must be there to judge: without one of them, everything is held for review."""


class Delivery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the server hands out media."""

    token_ttl_s: Count = 21_600
    """A playback URL is good for at least so long; expiries are rounded up, so that caches are shared."""
    cache_mb: Count = 64
    """Memory for small objects that are asked for again."""
    accel_prefix: str = ""
    """Where nginx in front maps the store: answers are then `X-Accel-Redirect` headers."""
    cors_origins: tuple[str, ...] = ("*",)
    """Whose pages may play the media."""
    signed_urls: bool = False
    """Media playlists name signed addresses of the bucket, so that media does not pass through the server;
    for stores that can sign."""


class Uploads(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the server takes in. 0 sets no limit."""

    max_bytes: Count = 100_000_000_000
    """One upload."""
    max_key_bytes: Count = 0
    """Unfinished uploads and sources of one key."""
    max_total_bytes: Count = 0
    """Unfinished uploads and sources of all."""
    keep_free_bytes: Count = 1_000_000_000
    """Nothing is taken in that would leave less of the disk free."""
    expire_s: Count = 86_400
    """An upload without a byte for so long is abandoned."""
    form_max_bytes: Count = 1_000_000_000
    """One file sent as a form (`POST /api/assets`), which cannot be resumed."""


class Outbound(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the server asks of others: imports from URLs, and webhooks."""

    ports: tuple[int, ...] = (80, 443)
    """On which ports."""
    allow: tuple[str, ...] = ()
    """Networks that may be asked though they are not public ("10.20.0.0/16"), on any port."""
    import_max_s: Count = 21_600
    """One import, however slowly it comes."""
    imports: Count = 4
    """Imports that run at once."""
    webhook_tries: Count = 10
    """How often a delivery is tried before it is given up."""
    webhook_retry_s: Annotated[float, msgspec.Meta(ge=0)] = 5.0
    """Before the second try; each wait after it is four times as long, up to six hours."""


class Server(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`codek7 serve`: the table `[server]`."""

    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 8700
    url: str = ""
    """How people reach the server ("https://media.example.org"); empty for what a request says."""
    jobs: Count = 2
    """Jobs that run at once; they share the cores."""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1",)
    """Whose `X-Forwarded-*` headers are believed."""
    requests_per_minute: Count = 6_000
    """API requests of one key, or of one address without a key; 0 sets no limit."""
    requests_at_once: Count = 500
    """Requests to the API and the pages that are answered at once for one key, or for one address without a
    key; 0 sets no limit."""
    streams_per_key: Count = 64
    """Event streams that one key, or session, follows at once; 0 sets no limit."""
    streams: Count = 2_000
    """Event streams of all at once; 0 sets no limit."""
    connections_per_address: Count = 4_096
    """Connections of one address (of IPv6: a network of 64 bits) at once, those of players too: a school may
    have one address. Trusted proxies may have any number; 0 sets no limit."""
    body_s: Count = 60
    """Until the body of a request is there, uploads aside, which may pause for a minute but take any time; 0
    sets no limit."""
    tidy_s: Count = 3_600
    """How often what nothing needs any more is freed, as `codek7 gc` does; 0 for never."""
    open_metrics: bool = True
    """Whether `/metrics` is for everyone who can reach it; else it takes an administrator's key."""
    telemetry_url: str = ""
    """An OpenTelemetry collector (OTLP over HTTP: "http://127.0.0.1:4318") for traces; empty for none."""
    delivery: Delivery = Delivery()
    uploads: Uploads = Uploads()
    outbound: Outbound = Outbound()
    cors_origins: tuple[str, ...] = ()
    """Other sites whose pages may use the API ("https://studio.example.org"), with an API key."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `HOME/codek7.toml` may say; the environment (`CODEK7_<NAME>`) wins over it, flags over both."""

    policy: str = "capped"
    """The policy used where a command names none."""
    store: str = ""
    """URL of the store; empty for `HOME/store`."""
    store_options: dict[str, str] = {}
    """Options of the store: `endpoint_url`, `key`, `secret`, `token`, `profile`, `region` for S3."""
    cores: Count = 0
    """Cores that encoding may use; 0 for all of this machine's."""
    memory_mb: Count = 0
    """Memory that the encoders of one process may use; 0 for an equal part of this machine's for each process
    that may run at once, and one for the rest."""
    ffmpeg: str = ""
    """Path of the ffmpeg program; empty for the one that imageio-ffmpeg ships."""
    sandbox: bool = True
    """Run ffmpeg inside bubblewrap where it is installed and works."""
    stall_s: Count = 120
    """Seconds without progress after which an encoder counts as stalled and is ended."""
    tries: Count = 3
    """How often a chunk is tried before its rungs are tried one by one and the failing ones dropped."""
    cache_mb: Count = 20_000
    """Disk for fetched remote sources; the longest unused are removed beyond it."""
    keep_versions_s: Count = 86_400
    """Grace: how long a version that is no longer current, and unneeded work, stay before `gc` takes them."""
    limits: Limits = Limits()
    moderation: Moderation = Moderation()
    server: Server = Server()
    plugins: dict[str, dict[str, Any]] = {}
    """Settings of plugins, a table for each: `[plugins.its-name]`."""
