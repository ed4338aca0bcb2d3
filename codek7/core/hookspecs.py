"""The whole plugin contract.

Four kinds. **provide**: asked newest plugin first, the first answer that is not None wins. **collect**: every
answer counts. **listen**: told of something; whoever raises is named and stops nobody. **register**: once, at
start. Hooks are synchronous; the server calls them off its event loop.
"""

# A specification has a signature and a docstring, never a body:
# mypy: disable-error-code="empty-body"

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

if TYPE_CHECKING:
    from codek7.core.assets import Asset, Verdict
    from codek7.core.events import Event
    from codek7.core.ladder import Ladder, Policy, Rung
    from codek7.core.measurement import Comparison, Measurement, Meter
    from codek7.core.media import Limits, MediaInfo, Probed, VideoTrack
    from codek7.core.ports import Catalog, Executor, Frames, Runner, Store
    from codek7.core.presentation import Package, Presentation
    from codek7.core.records import TextRendition
    from codek7.core.settings import Settings
    from codek7.core.tasks import Encodable, Filter, Workspace

PROJECT = "codek7"
spec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as an implementation of a hook."""


class CommandGroup(Protocol):
    """What `codek7_register_commands` is given: a click group."""

    def add_command(self, cmd: Any, name: str | None = None) -> None:
        """Add a click command."""
        ...


# provide


@spec(firstresult=True)
def codek7_probe(path: Path, limits: Limits, thorough: bool) -> Probed | None:
    """provide: read a local file. None where the format is another prober's.

    With `thorough`, frame times come from decoding everything, not from the packets. Raises `MediaError`.
    """


@spec(firstresult=True)
def codek7_plan_ladder(info: MediaInfo, policy: Policy) -> Ladder | None:
    """provide: the ladder for a source under a policy."""


@spec(firstresult=True)
def codek7_encode(task: Encodable, workspace: Workspace) -> bool | None:
    """provide: do an encode, audio or reference task, telling `workspace.tell` every update; True when all is
    done.

    None where the task is another encoder's. Raises `EncodeError` when the work cannot be done.
    """


@spec(firstresult=True)
def codek7_package(presentation: Presentation, frames: Frames) -> Package | None:
    """provide: playlists and the other small files of a presentation, from its segment index; poster and
    storyboard from its sample pictures."""


@spec(firstresult=True)
def codek7_open_store(url: str, options: Mapping[str, str]) -> Store | None:
    """provide: the store behind a URL (`file://`, `s3://` and so on). None for other schemes."""


@spec(firstresult=True)
def codek7_open_catalog(home: Path) -> Catalog | None:
    """provide: the catalog of a home folder."""


@spec(firstresult=True)
def codek7_make_executor(settings: Settings, run: Runner) -> Executor | None:
    """provide: where tasks run; `run` does one task on this machine."""


# collect


@spec
def codek7_filters(rung: Rung, track: VideoTrack) -> Sequence[Filter]:
    """collect: FFmpeg filters added to a rung's pictures, after scaling. Part of its content key."""


@spec
def codek7_tracks(path: Path, info: MediaInfo) -> Sequence[TextRendition]:
    """collect: derived subtitle renditions (a transcription, a translation)."""


@spec
def codek7_moderate(asset: Asset, info: MediaInfo, frames: Frames) -> Verdict | None:
    """collect: judge an asset before publication. One that raises counts as `review`, signed by it."""


@spec
def codek7_meters() -> Sequence[Meter]:
    """collect: the ways of measuring quality that a plugin knows, also those that do not work here."""


@spec
def codek7_measure(comparison: Comparison) -> Sequence[Measurement] | None:
    """collect: the quality of a file against its reference, each number signed by its meter.

    None where `comparison.meter` is another plugin's. Raises `MediaUnreadable` where the two have not equally
    many pictures: then there is no right number to give.
    """


@spec
def codek7_policies() -> Sequence[Policy]:
    """collect: policies by name; a later plugin's policy replaces an earlier one of the same name."""


# listen


@spec
def codek7_on_event(event: Event) -> None:
    """listen: something happened in a job; its effect is already in the catalog."""


@spec
def codek7_shutdown() -> None:
    """listen: the hub closes; let go of what you hold."""


# register


@spec
def codek7_configure(settings: Settings) -> None:
    """register: the settings of this home; a plugin's own are `settings.plugins["its-name"]`."""


@spec
def codek7_register_commands(group: CommandGroup) -> None:
    """register: add commands to `codek7`."""


@spec
def codek7_server_routes() -> Sequence[Any]:
    """register: Litestar route handlers, which the server adds below `/api/plugins/<the plugin's name>`.

    They may take `identity` (who asks) and `live` (the hub and the rest), as the server's own may; what they
    raise is answered as a problem response.
    """


@spec
def codek7_lab_displays() -> Mapping[type, Any]:
    """register: for a value's type, a function from the value to HTML that notebooks show for it."""
