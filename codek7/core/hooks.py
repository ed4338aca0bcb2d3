"""The typed face of the hooks: the only way the engine and its doors reach plugins.

One method per hook, named without the prefix. What each means is said in `codek7.core.hookspecs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pluggy

from codek7.core.assets import SEVERITY, Asset, Verdict
from codek7.core.errors import MediaRefused, StoreError, ToolMissing
from codek7.core.events import Event
from codek7.core.hook_calls import Call, Collected, HookCalls, Raised, Trace, failed
from codek7.core.hookspecs import CommandGroup
from codek7.core.ladder import Ladder, Policy, Rung
from codek7.core.measurement import Comparison, Measurement, Meter, Metric, never, share_out, unheard
from codek7.core.media import Limits, MediaInfo, Probed, VideoTrack
from codek7.core.ports import Catalog, Executor, Frames, Runner, Store
from codek7.core.presentation import Package, Presentation
from codek7.core.records import TextRendition
from codek7.core.settings import Settings
from codek7.core.tasks import Encodable, Filter, Workspace

__all__ = ["Call", "Collected", "Hooks", "Raised", "Trace"]

T = TypeVar("T")
MISSING = "`codek7 plugins` shows what is loaded and what failed to load"


class Hooks:
    """Asks plugins. `absent`: moderators that should judge but cannot, and why; each counts as `review`."""

    def __init__(
        self, pm: pluggy.PluginManager, trace: Trace | None = None, *, absent: Mapping[str, str] | None = None
    ) -> None:
        self._calls = HookCalls(pm, trace)
        self._absent = dict(absent or {})

    @property
    def trace(self) -> Trace | None:
        """Every call so far, where it was asked for."""
        return self._calls.trace

    # provide: raise what the plugin raises on purpose, and PluginFailed for anything else

    def probe(self, path: Path, limits: Limits, thorough: bool = False) -> Probed:
        """Raises `MediaError`; `MediaRefused` too where no plugin reads the format."""
        found = self._calls.first("codek7_probe", Probed, path=path, limits=limits, thorough=thorough)
        if found is None:
            raise MediaRefused(f"{path.name}: no prober reads this format", hint=MISSING)
        probed: Probed = found[1]
        return probed

    def plan_ladder(self, info: MediaInfo, policy: Policy) -> Ladder:
        """Raises `ToolMissing` where nothing plans."""
        ladder: Ladder = self._needed("codek7_plan_ladder", Ladder, info=info, policy=policy)
        return ladder

    def encode(self, task: Encodable, workspace: Workspace) -> None:
        """Raises `EncodeError`; `PluginFailed` for anything else that goes wrong."""
        self._needed("codek7_encode", bool, task=task, workspace=workspace)

    def package(self, presentation: Presentation, frames: Frames) -> Package:
        """Raises `ToolMissing` where nothing packages."""
        package: Package = self._needed("codek7_package", Package, presentation=presentation, frames=frames)
        return package

    def open_store(self, url: str, options: Mapping[str, str]) -> Store:
        """Raises `StoreError`; also where no plugin knows the URL's scheme."""
        found = self._calls.first("codek7_open_store", Store, url=url, options=options)
        if found is None:
            scheme = url.partition("://")[0] if "://" in url else url
            raise StoreError(f"no plugin opens a store at {scheme}://", hint=MISSING)
        store: Store = found[1]
        return store

    def open_catalog(self, home: Path) -> Catalog:
        """Raises `CatalogError`."""
        catalog: Catalog = self._needed("codek7_open_catalog", Catalog, home=home)
        return catalog

    def make_executor(self, settings: Settings, run: Runner) -> Executor:
        """Raises `ToolMissing` where nothing runs tasks."""
        executor: Executor = self._needed("codek7_make_executor", Executor, settings=settings, run=run)
        return executor

    # collect: those that raise are named beside the answers

    def filters(self, rung: Rung, track: VideoTrack) -> tuple[Filter, ...]:
        """Raises `PluginFailed` if any plugin does: filters change bytes, so none may be lost silently."""
        collected = self._calls.each("codek7_filters", _all(Filter), rung=rung, track=track)
        for plugin, hook, message in collected.raised:
            raise failed(plugin, hook, message)
        return _flat(collected).answers

    def tracks(self, path: Path, info: MediaInfo) -> Collected[TextRendition]:
        """Derived subtitles."""
        return _flat(self._calls.each("codek7_tracks", _all(TextRendition), path=path, info=info))

    def moderate(self, asset: Asset, info: MediaInfo, frames: Frames) -> Collected[Verdict]:
        """Verdicts; a moderator that raises, or should be there and is not, gives `review`."""
        found = self._calls.each("codek7_moderate", _verdict, asset=asset, info=info, frames=frames)
        unjudged = {plugin: f"the moderator failed: {message}" for plugin, _, message in found.raised}
        reviews = (
            Verdict(moderator=plugin, decision="review", reason=why)
            for plugin, why in {**unjudged, **self._absent}.items()
        )
        return Collected((*found.answers, *reviews), found.raised)

    def meters(self) -> tuple[Meter, ...]:
        """Every way of measuring, the first to be asked first."""
        found = _flat(self._calls.each("codek7_meters", _all(Meter))).answers
        return tuple(sorted(found, key=lambda meter: meter.rank))

    def measure(
        self,
        reference: Path,
        distorted: Path,
        metrics: Sequence[Metric],
        *,
        every: int = 1,
        cancelled: Callable[[], bool] = never,
        on_progress: Callable[[int], None] = unheard,
    ) -> Collected[Measurement]:
        """Each metric, by the first meter that has it. Raises `ToolMissing` for one that none has."""
        answers: list[Measurement] = []
        raised: list[Raised] = []
        for meter, wanted in share_out(metrics, self.meters()).items():
            asked = Comparison(reference, distorted, meter, wanted, every, cancelled, on_progress)
            found = _flat(self._calls.each("codek7_measure", _all(Measurement), comparison=asked))
            answers += found.answers
            raised += found.raised
        return Collected(tuple(answers), tuple(raised))

    def policies(self) -> dict[str, Policy]:
        """By name; a later plugin's replaces an earlier one's. A plugin that raises adds none."""
        return {
            policy.name: policy for policy in _flat(self._calls.each("codek7_policies", _all(Policy))).answers
        }

    # listen and register: those that raise are named, and stop nobody

    def on_event(self, event: Event) -> tuple[Raised, ...]:
        """Tells every listener."""
        return self._calls.each("codek7_on_event", _nothing, event=event).raised

    def shutdown(self) -> tuple[Raised, ...]:
        """Tells every plugin that the hub closes."""
        return self._calls.each("codek7_shutdown", _nothing).raised

    def configure(self, settings: Settings) -> tuple[Raised, ...]:
        """Hands out the settings."""
        return self._calls.each("codek7_configure", _nothing, settings=settings).raised

    def register_commands(self, group: CommandGroup) -> tuple[Raised, ...]:
        """Lets plugins add commands."""
        return self._calls.each("codek7_register_commands", _nothing, group=group).raised

    def server_routes(self) -> dict[str, tuple[Any, ...]]:
        """Route handlers, by plugin."""
        return self._calls.by_plugin("codek7_server_routes", _all(object))

    def lab_displays(self) -> dict[type, Callable[[Any], str]]:
        """By the type shown; a later plugin's replaces an earlier one's."""
        merged: dict[type, Callable[[Any], str]] = {}
        for displays in self._calls.each("codek7_lab_displays", dict).answers:
            merged.update(displays)
        return merged

    def _needed(self, hook: str, kind: type, **arguments: object) -> Any:
        found = self._calls.first(hook, kind, **arguments)
        if found is None:
            raise ToolMissing(f"no plugin answers {hook}", hint=MISSING)
        return found[1]


def _all(kind: type[T]) -> Callable[[Iterable[T]], tuple[T, ...]]:
    """Reads an answer that must be a collection of `kind`."""

    def read(answer: Iterable[T]) -> tuple[T, ...]:
        items = tuple(answer)
        for item in items:
            if not isinstance(item, kind):
                raise TypeError(f"answered with {type(item).__name__} among {kind.__name__}")
        return items

    return read


def _flat(collected: Collected[tuple[T, ...]]) -> Collected[T]:
    return Collected(tuple(item for items in collected.answers for item in items), collected.raised)


def _verdict(answer: object) -> Verdict:
    if not isinstance(answer, Verdict) or answer.decision not in SEVERITY:
        raise TypeError(f"answered with {answer!r:.200}, which is no verdict")
    return answer


def _nothing(answer: object) -> None:
    """Whatever a listener returns is ignored."""
