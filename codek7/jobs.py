"""Jobs as doors start them: a source found and hashed, its asset found or made, the pipeline run."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import msgspec

from codek7.core.assets import Asset, clean_title, new_id
from codek7.core.errors import AssetNotFound, PolicyUnknown
from codek7.core.events import Event
from codek7.core.jobs import JobRequest
from codek7.core.ladder import Ladder, Policy
from codek7.core.media import Source, SubtitleTrack
from codek7.core.pipeline.ingest import ingest
from codek7.core.pipeline.outline import Outline, Request, plan_request
from codek7.core.pipeline.publish import withdraw
from codek7.core.pipeline.run import run_job
from codek7.core.records import init_key, object_key, record_key
from codek7.engine import open_engine, source_cache, tools_signature
from codek7.files import read_policy
from codek7.hub import Hub
from codek7.locks import collecting, working_on
from codek7.sources import fetch_source, hold, open_local
from codek7.sources.address import local_path

Job = Generator[Event, None, None]
"""The events of a job; closing it ends the job."""


def ingest_source(
    hub: Hub,
    source: str,
    *,
    title: str = "",
    policy: str = "",
    ladder: Ladder | None = None,
    subtitles: tuple[SubtitleTrack, ...] = (),
    preview: bool = False,
    on_fetch: Callable[[int, int], None] | None = None,
    on_wait: Callable[[], None] | None = None,
) -> Job:
    """Take a source in and present it; the events of the job, the last one its ending.

    A source that the home knows keeps its asset: what an earlier job finished is used, and a job that was
    interrupted goes on. A job that runs on the same source is waited for, which `on_wait` hears of.
    `on_fetch` hears of the bytes read, of how many. Raises `UsageError` and `MediaError` for what cannot be
    begun; what fails later is an event.
    """
    chosen = find_policy(hub, policy or hub.settings.policy)
    found, path = find_source(hub, source, on_fetch)
    with working_on(hub.home, found.sha256, on_wait):
        asset = _asset_of(hub, found, title or _file_name(found.uri))
        if title:
            asset = msgspec.structs.replace(asset, title=clean_title(title))
        request = Request(asset, path, chosen, ladder=ladder, side_files=subtitles, preview=preview)
        yield from _run(hub, request)


def ingest_asset(
    hub: Hub, asset_id: str, job_id: str, wanted: JobRequest, *, preview: bool = False, since_us: int = 0
) -> Job:
    """Run a job that was asked for, for an asset that is known; its source is not looked for by its hash.

    Work is shared by content, as always. Of the renditions that shall be redone, finished work from before
    `since_us` (Unix time) is thrown away first. Raises `AssetNotFound`, `SourceNotFound`, `PolicyUnknown`.
    """
    source = hub.catalog.asset(asset_id).source
    path = open_local(source, source_cache(hub))
    with working_on(hub.home, source.sha256):
        asset = hub.catalog.asset(asset_id)
        chosen = find_policy(hub, wanted.policy or hub.settings.policy)
        if wanted.redo:
            _forget_work(hub, asset, wanted.redo, since_us)
        request = Request(asset, path, chosen, ladder=wanted.ladder, preview=preview)
        yield from _run(hub, request, job_id)


def _forget_work(hub: Hub, asset: Asset, renditions: Collection[str], since_us: int) -> None:
    """A record goes before its object: nothing is taken for done that is not whole. What is published has
    names of its own for the same bytes."""
    rows = hub.catalog.detail(asset.id, parts=("renditions",))["renditions"]
    keys = {
        segment["key"]
        for row in rows
        if row["version"] == asset.version and row["name"] in renditions
        for segment in row["segments"]
    }
    with collecting(hub.home):
        for key in sorted(keys):
            found = hub.store.stat(record_key(key))
            if found is not None and found.modified_us < since_us:
                for name in (record_key(key), object_key(key), init_key(key)):
                    hub.store.remove([name])


def republish(
    hub: Hub, asset_id: str, *, ladder: Ladder | None = None, policy: str = "",
    on_wait: Callable[[], None] | None = None,
) -> Job:  # fmt: skip
    """Present an asset with another ladder; only what is new is encoded. The version before stays playable
    until it is collected. `on_wait` as for `ingest_source`. Raises `AssetNotFound`, `SourceNotFound`."""
    source = hub.catalog.asset(asset_id).source
    path = open_local(source, source_cache(hub))
    with working_on(hub.home, source.sha256, on_wait):
        asset = hub.catalog.asset(asset_id)
        known = hub.hooks.policies()  # a policy that was read from a file is not among them
        chosen = find_policy(hub, policy or (asset.policy if asset.policy in known else hub.settings.policy))
        yield from _run(hub, Request(asset, path, chosen, ladder=ladder))


def plan_source(hub: Hub, source: str, *, policy: str = "", ladder: Ladder | None = None) -> Outline:
    """What an ingest would make of a source, without making it; its events say what would be left out.
    Raises `MediaError`, `UsageError`."""
    found, path = find_source(hub, source)
    chosen = find_policy(hub, policy or hub.settings.policy)
    asset = Asset(id="", source=found, title="")
    request = Request(asset, path, chosen, ladder=ladder)
    return plan_request(request, hub.hooks, hub.settings, tools_signature(hub))


def find_source(
    hub: Hub, source: str, on_fetch: Callable[[int, int], None] | None = None
) -> tuple[Source, Path]:
    """A source, hashed, as a local file. Raises `SourceNotFound`, `MediaTooBig`, `MediaRefused`."""
    return fetch_source(
        source,
        source_cache(hub),
        limits=hub.settings.limits,
        cache_bytes=hub.settings.cache_mb * 1_000_000,
        on_progress=on_fetch,
    )


@contextmanager
def open_file(hub: Hub, source: str) -> Iterator[Path]:
    """A local file with a source's bytes, which stays until the block ends; what is one is not hashed. Raises
    what `find_source` does."""
    path = local_path(source)
    if path is None:
        _, path = find_source(hub, source)
    with hold(path, source_cache(hub)):
        yield path


def side_file(path: Path) -> SubtitleTrack:
    """A subtitle file beside a source; `talk.de.srt` is in German."""
    suffixes = path.suffixes
    language = suffixes[-2].lstrip(".") if len(suffixes) > 1 else ""
    return SubtitleTrack(
        index=-1, codec=path.suffix.lstrip("."), text=True, language=language, path=str(path.absolute())
    )


def find_policy(hub: Hub, name: str) -> Policy:
    """A policy by its name, or from a file. Raises `PolicyUnknown`."""
    policies = hub.hooks.policies()
    if name in policies:
        return policies[name]
    if Path(name).suffix in (".toml", ".json") and Path(name).is_file():
        return read_policy(Path(name))
    raise PolicyUnknown(
        f"there is no policy {name!r}", hint=f"there are {', '.join(sorted(policies))}, or name a file"
    )


def _file_name(uri: str) -> str:
    """What a source is called where it says no title: its file's name without the suffix."""
    return Path(unquote(urlsplit(uri).path) if "://" in uri else uri).stem


def _asset_of(hub: Hub, source: Source, title: str) -> Asset:
    known = hub.catalog.assets(source_sha256=source.sha256, limit=1)
    if known:
        return msgspec.structs.replace(known[0], source=source)
    now = time.time_ns() // 1000
    return Asset(id=new_id(), source=source, title=clean_title(title) or "untitled", created_us=now)


def _run(hub: Hub, request: Request, job_id: str = "") -> Job:
    request = request._replace(known_work=hub.catalog.work_of(request.asset.id))
    with hold(request.path, source_cache(hub)), open_engine(hub) as engine:
        batches = ingest(request, engine)
        try:
            yield from run_job(
                batches, request.asset.id, job_id or new_id(), catalog=hub.catalog, hooks=hub.hooks
            )
        except AssetNotFound:  # removed meanwhile: what this job published has to go, too
            withdraw(hub.store, request.asset.id)
            raise
