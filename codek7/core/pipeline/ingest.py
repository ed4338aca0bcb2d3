"""The pipeline: probe, plan, encode, moderate, package, check, publish, as one generator of events.

Events that belong together come as one batch; whoever runs the pipeline commits a batch before asking for the
next, so nothing is done on the strength of something that could still be lost.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

import msgspec

from codek7.core.assets import Asset, Verdict, new_rotation, weigh
from codek7.core.errors import AssetNotFound, Codek7Error, FramesDiffer, PresentationFaulty
from codek7.core.events import (
    AssetCreated,
    AssetHeld,
    AssetPublished,
    AssetRefused,
    ChunkEncoded,
    ChunkReused,
    Event,
    JobFailed,
    LadderPlanned,
    PluginRaised,
    PresentationChecked,
    PresentationPackaged,
    VerdictGiven,
)
from codek7.core.frames import SampleFrames
from codek7.core.hooks import Hooks, Raised
from codek7.core.pipeline.encode import Batch, Encoding
from codek7.core.pipeline.outline import Request, plan_request
from codek7.core.pipeline.plan import WorkPlan, renditions_of, tasks_for
from codek7.core.pipeline.preview import Preview
from codek7.core.pipeline.publish import PackageReader, withdraw, write_package
from codek7.core.pipeline.work import find_record
from codek7.core.ports import Executor, Frames, Store
from codek7.core.presentation import Package, Presentation
from codek7.core.records import ASSETS, ChunkRecord, SampleSet, TextRendition
from codek7.core.settings import Settings
from codek7.core.values import content_hash

PACKAGING = "codek7-packaging@1"
"""Changes whenever the same renditions would be packaged otherwise."""


class Checked(NamedTuple):
    """What the validator found in a package: faults forbid publication, advice does not."""

    faults: tuple[str, ...]
    advice: tuple[str, ...]
    playlists: int
    segments: int


class Check(Protocol):
    """The validator, over anything that reads a package's paths."""

    def __call__(self, main: str, read: PackageReader) -> Checked: ...


class Engine(NamedTuple):
    """What the pipeline works with. `tools` signs all that encodes; `memory_bytes` is for one process;
    within `keeping()` nobody collects objects that the catalog does not know to be needed; within
    `curating(asset_id)` nobody else publishes, moves or blocks the asset, which is given as it is now."""

    hooks: Hooks
    store: Store
    executor: Executor
    settings: Settings
    check: Check
    tools: str
    memory_bytes: int
    keeping: Callable[[], AbstractContextManager[None]]
    curating: Callable[[str], AbstractContextManager[Asset]]


def ingest(request: Request, engine: Engine) -> Iterator[Batch]:
    """Run the whole pipeline for one asset. It ends with one of AssetPublished, AssetHeld, AssetRefused and
    JobFailed. Closing the generator early ends all tasks; running it again resumes."""
    asset, told = request.asset, set(request.known_work)
    created = AssetCreated(
        asset_id=asset.id,
        source=asset.source,
        title=asset.title,
        owner=asset.owner,
        policy=request.policy.name,
    )
    yield (created,)
    try:
        try:
            yield from _noting(told, _job(request, engine, thorough=False))
        except FramesDiffer:
            yield from _job(request._replace(known_work=frozenset(told)), engine, thorough=True)
    except AssetNotFound:  # removed meanwhile: there is nothing that could fail
        raise
    except Codek7Error as error:
        yield (JobFailed(asset_id=asset.id, code=error.code, message=error.message, hint=error.hint),)


def _noting(told: set[str], batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches; `told` gets the keys of the work that they tell of."""
    for batch in batches:
        told.update(each.record.key for each in batch if isinstance(each, ChunkEncoded | ChunkReused))
        yield batch


def _job(request: Request, engine: Engine, *, thorough: bool) -> Iterator[Batch]:
    """One try, on the frame times of the packets or (thorough) of a whole decode."""
    asset_id = request.asset.id
    outline = plan_request(request, engine.hooks, engine.settings, engine.tools, thorough=thorough)
    info, plan, events = outline.info, outline.plan, outline.events
    with engine.keeping():
        found = {key: find_record(engine.store, key) for key in plan.keys}
        records = {key: record for key, record in found.items() if record is not None}
        reused = _reused(asset_id, plan, records, request.known_work)
        yield (*events, _planned(asset_id, plan, records), *reused)
    collected = engine.hooks.tracks(request.path, info)
    text = _usable(collected.answers)
    yield _raised(asset_id, collected.raised)
    encoding = Encoding(
        plan,
        records,
        asset_id=asset_id,
        executor=engine.executor,
        tries=engine.settings.tries,
        may_drop=request.policy.drop_failed_rungs,
        surest=thorough,
    )
    yield from _encode(request, engine, plan, encoding)
    plan = plan.without(encoding.dropped)
    frames = SampleFrames(engine.store, _samples(plan, records))
    verdicts = yield from _judge(request, engine, plan, frames)
    with engine.curating(asset_id) as asset:  # a person's decision stands, also one of this moment
        decision = asset.decision or weigh(verdicts)
    if decision == "allow":
        yield from _publish(request, engine, plan, records, text, frames)
    else:
        yield from _withhold(asset, verdicts, engine.store)


def _planned(asset_id: str, plan: WorkPlan, records: dict[str, ChunkRecord]) -> Event:
    return LadderPlanned(
        asset_id=asset_id,
        ladder=plan.ladder,
        ladder_hash=plan.ladder.hash,
        segments=len(plan.timeline.cuts) - 1,
        chunks=len(plan.timeline.chunks),
        duration_us=plan.timeline.duration_us,
        objects=len(plan.keys),
        reused=len(records),
    )


def _reused(asset_id: str, plan: WorkPlan, records: dict[str, ChunkRecord], known: frozenset[str]) -> Batch:
    names = plan.names()
    return tuple(
        ChunkReused(asset_id=asset_id, rendition=names[key], record=record)
        for key, record in records.items()
        if key not in known
    )


def _raised(asset_id: str, raised: tuple[Raised, ...]) -> Batch:
    return tuple(
        PluginRaised(asset_id=asset_id, plugin=each.plugin, hook=each.hook, message=each.message)
        for each in raised
    )


def _usable(text: tuple[TextRendition, ...]) -> tuple[TextRendition, ...]:
    """Renditions with something to show, each in a folder of its own.

    None is shown unasked: MP4 marks the first track of every kind as the default one, whatever it is.
    """
    shown = [each for each in text if each.cues]
    return tuple(
        msgspec.structs.replace(each, name=f"text-{number}", default=False)
        for number, each in enumerate(shown)
    )


def _version(plan: WorkPlan, text: tuple[TextRendition, ...], rotation: str) -> str:
    """The content address of a presentation: equal for equal work, until its asset's URLs are taken back."""
    return content_hash((PACKAGING, plan.video, plan.audio, plan.samples, text))[:24] + rotation


def _encode(request: Request, engine: Engine, plan: WorkPlan, encoding: Encoding) -> Iterator[Batch]:
    preview = None
    if request.preview:
        frames = SampleFrames(engine.store, _samples(plan, {}))

        def package(growing: Presentation) -> Package:
            return engine.hooks.package(growing, frames)

        preview = Preview(plan, request.asset.id, engine.store, package)
    for batch in encoding.run(tasks_for(plan, encoding.records.keys(), engine.memory_bytes)):
        yield batch
        if preview and (grown := tuple(preview.grow(encoding.records, encoding.dropped))):
            yield grown


def _samples(plan: WorkPlan, records: dict[str, ChunkRecord]) -> SampleSet:
    return SampleSet(
        time_base=plan.timeline.time_base,
        origin=plan.timeline.origin,
        records=tuple(records[key] for key in plan.samples if key in records),
    )


def _judge(
    request: Request, engine: Engine, plan: WorkPlan, frames: Frames
) -> Generator[Batch, None, tuple[Verdict, ...]]:
    """Every job is judged, also one that encodes nothing: titles, rules and moderators change."""
    asset_id = request.asset.id
    judged = engine.hooks.moderate(request.asset, plan.info, frames)
    given = tuple(VerdictGiven(asset_id=asset_id, verdict=verdict) for verdict in judged.answers)
    yield (*_raised(asset_id, judged.raised), *given)
    return judged.answers


def _withhold(asset: Asset, verdicts: tuple[Verdict, ...], store: Store) -> Iterator[Batch]:
    """The end of a job that publishes nothing. Of a refused asset, nothing stays visible either."""
    decision = weigh(verdicts)
    reason = "; ".join(_reasons(verdicts, decision))
    if asset.decision == "block":
        reason = "a moderator blocked it"
    elif decision == "review":
        yield (AssetHeld(asset_id=asset.id, reason=reason),)
        return
    withdraw(store, asset.id)
    yield (AssetRefused(asset_id=asset.id, reason=reason, rotation=new_rotation()),)


def _publish(
    request: Request,
    engine: Engine,
    plan: WorkPlan,
    records: dict[str, ChunkRecord],
    text: tuple[TextRendition, ...],
    frames: Frames,
) -> Iterator[Batch]:
    store = engine.store
    with engine.curating(request.asset.id) as asset:
        version = _version(plan, text, asset.rotation)
        if asset.version == version and store.stat(asset.playlist):
            yield (_published_again(asset, plan, store),)
            return
    video, audio = renditions_of(plan, records)
    presentation = Presentation(timeline=plan.timeline, video=video, audio=audio, text=text)
    package = engine.hooks.package(presentation, frames)
    size = sum(each.size_bytes for each in (*video, *audio)) + sum(map(len, package.files.values()))
    packaged = PresentationPackaged(
        asset_id=asset.id, version=version, renditions=(*video, *audio), size_bytes=size
    )
    found = engine.check(package.main, PackageReader(package, engine.store))
    checked = PresentationChecked(
        asset_id=asset.id,
        playlists=found.playlists,
        segments=found.segments,
        faults=found.faults,
        advice=found.advice,
    )
    yield (packaged, checked)
    if found.faults:
        raise PresentationFaulty(
            f"the presentation has {len(found.faults)} faults: {'; '.join(found.faults[:3])}",
            hint="this is a fault of codek7 or of a plugin; nothing was published",
        )
    with engine.keeping(), engine.curating(asset.id) as asset:
        if asset.decision == "block":
            yield from _withhold(asset, (), store)
            return
        version = _version(plan, text, asset.rotation)
        if version != packaged.version:  # URLs were taken back meanwhile, and this one would be among them
            yield (msgspec.structs.replace(packaged, version=version),)
        written = write_package(package, store, f"{ASSETS}{asset.id}/{version}")
        yield (
            AssetPublished(
                asset_id=asset.id,
                version=version,
                playlist=written.playlist,
                url=store.public_url(written.playlist),
                renditions=len(video) + len(audio),
                size_bytes=written.size_bytes,
                duration_us=plan.timeline.duration_us,
            ),
        )


def _reasons(verdicts: tuple[Verdict, ...], decision: str) -> list[str]:
    return [f"{v.moderator}: {v.reason or v.decision}" for v in verdicts if v.decision == decision]


def _published_again(asset: Asset, plan: WorkPlan, store: Store) -> Event:
    folder = f"{ASSETS}{asset.id}/{asset.version}/"
    return AssetPublished(
        asset_id=asset.id,
        version=asset.version,
        playlist=asset.playlist,
        url=store.public_url(asset.playlist),
        renditions=len(plan.video) + len(plan.audio),
        size_bytes=sum(stat.size_bytes for key in store.keys(folder) if (stat := store.stat(key))),
        duration_us=plan.timeline.duration_us,
    )
