"""The contract of a packager (`codek7_package`): what it writes is a presentation without a fault."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

import pytest
from msgspec.structs import replace

from codek7.check.presentation import check_presentation
from codek7.core.hooks import Hooks
from codek7.core.keys import check_key
from codek7.core.ladder import Ladder
from codek7.core.pipeline.plan import renditions_of
from codek7.core.presentation import Package, Presentation
from codek7.core.records import SampleSet, TextCue, TextRendition, init_key, object_key
from codek7.testing.encoder import SIZE, rung
from codek7.testing.frames import Pictures
from codek7.testing.plugin import PluginContract
from codek7.testing.pytest_plugin import CodekClip
from codek7.testing.work import Done, builtin_hooks, encode_clip

CLIPS = ("audio_only", "b_frames", "silent", "surround", "vfr")
"""What is packaged."""
HOSTILE = 'a "name",URI="../../etc/passwd"\n#EXT-X-ENDLIST\r\n<script>\u202e'
"""A title that an uploader chose: it must stay inside its quotes, or out of the playlist."""
CUES = (
    TextCue(start_us=500_000, end_us=1_500_000, text="Hello & <goodbye> -->"),
    TextCue(start_us=1_800_000, end_us=4_200_000, text="across\n\nsegments"),
)

PREVIEW_MAY = frozenset({"apple.1.26-average", "apple.1.27-peak", "apple.6.1-i-frame-playlists"})
"""Rules that a growing presentation need not keep: its rates are declared from ceilings, before the bytes are
there, and it has no trick play yet."""


class PackagerContract(PluginContract):
    """Override `plugin`. The clips are encoded by the built-ins, once each."""

    hook: ClassVar[str] = "codek7_package"

    @pytest.fixture(scope="class", params=CLIPS)
    @classmethod
    def done(
        cls, request: pytest.FixtureRequest, codek7_clip: CodekClip, tmp_path_factory: pytest.TempPathFactory
    ) -> Done:
        """A clip, encoded in two rungs and two sounds."""
        low = rung(width=96, height=56, crf=35, ceiling_bps=200_000)
        ladder = Ladder(
            rungs=(low, rung(ceiling_bps=1_000_000)), segment_us=2_000_000, idr_us=1_000_000, planner="test@1"
        )
        folder = tmp_path_factory.mktemp("encoded")
        return encode_clip(builtin_hooks(), codek7_clip(request.param, **SIZE), ladder, folder)

    @pytest.fixture
    def presentation(self, done: Done) -> Presentation:
        """All of it, with subtitles."""
        video, audio = renditions_of(done.plan, done.records)
        text = TextRendition(name="text-0", language="en", title="English", default=True, cues=CUES)
        return Presentation(timeline=done.plan.timeline, video=video, audio=audio, text=(text,))

    @pytest.fixture
    def frames(self, done: Done) -> Pictures:
        """Its sample pictures."""
        return sample_pictures(done)

    def test_the_validator_finds_no_fault(
        self, hooks: Hooks, done: Done, presentation: Presentation, frames: Pictures, tmp_path: Path
    ) -> None:
        package = hooks.package(presentation, frames)
        report = check_presentation(written(package, done, tmp_path) / package.main)
        assert not report.faults, "\n".join(map(str, report.faults))
        assert report.playlists > len((*presentation.video, *presentation.audio))
        assert report.segments > 0

    def test_every_rendition_is_in_it(
        self, hooks: Hooks, presentation: Presentation, frames: Pictures
    ) -> None:
        """With all its objects: whatever is linked is a presentation's, and none is left out."""
        renditions = (*presentation.video, *presentation.audio)
        keys = {object_key(record.key) for each in renditions for record in each.records}
        inits = {init_key(record.key) for each in renditions for record in each.records}
        links = set(hooks.package(presentation, frames).links.values())
        assert keys <= links <= keys | inits

    def test_paths_stay_inside(self, hooks: Hooks, presentation: Presentation, frames: Pictures) -> None:
        package = hooks.package(presentation, frames)
        assert package.main in package.files
        assert not set(package.files) & set(package.links)
        for path in (*package.files, *package.links):
            check_key(path)

    def test_packaging_again_writes_the_same(
        self, hooks: Hooks, presentation: Presentation, frames: Pictures
    ) -> None:
        assert hooks.package(presentation, frames) == hooks.package(presentation, frames)

    def test_it_needs_no_pictures(
        self, hooks: Hooks, done: Done, presentation: Presentation, tmp_path: Path
    ) -> None:
        package = hooks.package(presentation, Pictures())
        assert not check_presentation(written(package, done, tmp_path) / package.main).faults

    def test_titles_of_uploaders_stay_text(
        self, hooks: Hooks, done: Done, presentation: Presentation, frames: Pictures, tmp_path: Path
    ) -> None:
        renamed = replace(
            presentation,
            audio=tuple(replace(each, title=HOSTILE) for each in presentation.audio),
            text=tuple(replace(each, title=HOSTILE) for each in presentation.text),
        )
        package = hooks.package(renamed, frames)
        assert not check_presentation(written(package, done, tmp_path) / package.main).faults
        lines = package.files[package.main].decode().splitlines()
        assert "#EXT-X-ENDLIST" not in lines
        assert not any(line.startswith("<script") for line in lines)

    def test_a_prefix_of_it_grows(
        self, hooks: Hooks, done: Done, presentation: Presentation, tmp_path: Path
    ) -> None:
        """Every growing playlist is the beginning of the next, and the last one ends."""
        chunks = len(done.plan.timeline.chunks)
        before: dict[str, list[str]] = {}
        for count in range(1, chunks + 1):
            video, audio = renditions_of(done.plan, done.records, chunks=count)
            growing = replace(presentation, video=video, audio=audio, text=(), growing=True)
            package = hooks.package(growing, Pictures())
            folder = tmp_path / str(count)
            faults = check_presentation(written(package, done, folder) / package.main).faults
            assert {fault.rule for fault in faults} <= PREVIEW_MAY, "\n".join(map(str, faults))
            now = {path: segments_of(body) for path, body in package.files.items() if path != package.main}
            assert all(now[path][: len(segments)] == segments for path, segments in before.items())
            before = now


def sample_pictures(done: Done) -> Pictures:
    """The sample pictures of an encoded clip."""
    origin, base = done.plan.timeline.origin, done.plan.timeline.time_base
    records = tuple(done.records[key] for key in done.plan.samples)
    images = SampleSet(time_base=base, origin=origin, records=records).images()
    bodies = {record.key: (done.folder / f"{record.key}.m4s").read_bytes() for record in records}
    return Pictures(
        [
            (time_us, bodies[record.key][image.offset : image.offset + image.size])
            for record, image, time_us in images
        ]
    )


def written(package: Package, done: Done, folder: Path) -> Path:
    """The package as files, its links filled from the encoded objects."""
    for path, body in package.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(body)
    for path, key in package.links.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(done.folder / Path(key).name, folder / path)
    return folder


def segments_of(playlist: bytes) -> list[str]:
    """The lines of a media playlist from its first segment on, without the end."""
    lines = playlist.decode().splitlines()
    first = next((n for n, line in enumerate(lines) if line.startswith("#EXTINF")), len(lines))
    return [line for line in lines[first:] if line != "#EXT-X-ENDLIST"]
