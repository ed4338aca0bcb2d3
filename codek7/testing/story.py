"""What happens to an asset, as the events that tell it: for tests of whatever follows them."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256

import msgspec

from codek7.core.assets import Decision, Span, Verdict
from codek7.core.events import (
    AssetCreated,
    AssetHeld,
    AssetPublished,
    AssetRefused,
    AttemptEnded,
    ChunkEncoded,
    ChunkReused,
    Event,
    JobFailed,
    LadderPlanned,
    MediaProbed,
    PresentationChecked,
    PresentationPackaged,
    VerdictGiven,
)
from codek7.core.ladder import AudioRung, Ladder, Rung
from codek7.core.media import AudioTrack, MediaInfo, Source, SubtitleTrack, VideoTrack
from codek7.core.records import (
    ChunkRecord,
    Fragment,
    RecordKind,
    Rendition,
    SampleImage,
    Segment,
    Work,
)
from codek7.core.tasks import Attempt

TIMESCALE = 24000
SEGMENT_TICKS = 144144
SEGMENT_US = 6_006_000
PER_CHUNK = 2
FRAME_RATE = Fraction(24000, 1001)


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """A source of `chunks` chunks of two segments, with one rung for each of `heights`."""

    asset_id: str = "asset0000000000a"
    source: str = "a holiday"
    title: str = "Un été à la mer"
    owner: str = ""
    chunks: int = 3
    heights: tuple[int, ...] = (360, 720)

    @property
    def duration_us(self) -> int:
        """Of the whole source."""
        return self.chunks * PER_CHUNK * SEGMENT_US

    @property
    def info(self) -> MediaInfo:
        """A picture, a sound and a subtitle track."""
        picture = VideoTrack(
            index=0,
            codec="h264",
            profile="High",
            width=1280,
            height=720,
            frame_rate=FRAME_RATE,
            time_base=Fraction(1, TIMESCALE),
            start_pts=0,
            frames=self.chunks * PER_CHUNK * 144,
            duration_us=self.duration_us,
        )
        sound = AudioTrack(
            index=1,
            codec="aac",
            sample_rate=48_000,
            channels=2,
            language="fr",
            start_us=0,
            duration_us=self.duration_us,
            disposition=("default",),
        )
        words = SubtitleTrack(index=2, codec="subrip", text=True, language="fr")
        return MediaInfo(
            container="matroska",
            duration_us=self.duration_us,
            tracks=(picture, sound, words),
            prober="a-prober@1",
        )

    @property
    def ladder(self) -> Ladder:
        """A rung for each height, and stereo."""
        rungs = tuple(
            Rung(width=height * 16 // 9, height=height, crf=23, ceiling_bps=height * 4000)
            for height in self.heights
        )
        return Ladder(rungs=rungs, audio=(AudioRung(),), planner="a-planner@1")

    @property
    def renditions(self) -> tuple[Rendition, ...]:
        """All chunks of all rungs, and of the sound."""
        video = [
            Rendition(
                name=f"video-{number}",
                kind="video",
                rung=rung,
                track=0,
                frame_rate=FRAME_RATE,
                records=self._records(f"video-{number}"),
            )
            for number, rung in enumerate(self.ladder.rungs)
        ]
        sound = Rendition(
            name="audio-0",
            kind="audio",
            audio_rung=self.ladder.audio[0],
            track=1,
            language="fr",
            default=True,
            records=self._records("audio-0"),
        )
        return (*video, sound)

    @property
    def work(self) -> frozenset[str]:
        """The keys of everything that the presentation is made of."""
        return frozenset(record.key for rendition in self.renditions for record in rendition.records)

    @property
    def samples(self) -> frozenset[str]:
        """The keys of the sample objects."""
        return frozenset(record.key for record in self._records("samples"))

    def record(self, rendition: str, chunk: int) -> ChunkRecord:
        """Proof of one chunk. Segments grow with their index, so that rates differ."""
        kinds: dict[str, RecordKind] = {"v": "video", "a": "audio", "s": "samples"}
        kind = kinds[rendition[0]]
        indexes = range(chunk * PER_CHUNK, (chunk + 1) * PER_CHUNK)
        segments = tuple(_segment(i, at=700 * n) for n, i in enumerate(indexes)) if kind != "samples" else ()
        return ChunkRecord(
            key=sha256(f"{self.source} {rendition} {chunk}".encode()).hexdigest(),
            kind=kind,
            chunk=chunk,
            timescale=TIMESCALE if segments else 0,
            codecs={"video": "avc1.64001f", "audio": "mp4a.40.2", "samples": ""}[kind],
            init_sha256=sha256(rendition.encode()).hexdigest() if segments else "",
            init_size=600 if segments else 0,
            size_bytes=sum(segment.size_bytes for segment in segments) or 5000,
            frames=PER_CHUNK * 144 if segments else 12,
            segments=segments,
            images=(SampleImage(offset=0, size=5000, pts=0),) if kind == "samples" else (),
            work=Work(tool="ffmpeg@9", command="ffmpeg -i …", cpu_us=1_000_000, wall_us=2_000_000),
        )

    def _records(self, rendition: str) -> tuple[ChunkRecord, ...]:
        return tuple(self.record(rendition, chunk) for chunk in range(self.chunks))

    def created(self) -> tuple[Event, ...]:
        """A job begins, or begins again."""
        digest = sha256(self.source.encode()).hexdigest()
        source = Source(uri=f"file:///videos/{self.source}.mkv", sha256=digest, size_bytes=123_456)
        created = AssetCreated(
            asset_id=self.asset_id, source=source, title=self.title, owner=self.owner, policy="capped"
        )
        return (created,)

    def planned(self, reused: int = 0) -> tuple[Event, ...]:
        """The source was read, and it is known what to make of it."""
        ladder = self.ladder
        return (
            MediaProbed(asset_id=self.asset_id, info=self.info),
            LadderPlanned(
                asset_id=self.asset_id,
                ladder=ladder,
                ladder_hash=ladder.hash,
                segments=self.chunks * PER_CHUNK,
                chunks=self.chunks,
                duration_us=self.duration_us,
                objects=self.chunks * (len(ladder.rungs) + 2),
                reused=reused,
            ),
        )

    def encoded(self, chunk: int) -> tuple[Event, ...]:
        """One chunk of everything is done."""
        names = [rendition.name for rendition in self.renditions] + ["samples"]
        records = {name: self.record(name, chunk) for name in names}
        attempt = Attempt(
            keys=tuple(record.key for record in records.values()),
            tool="ffmpeg@9",
            command="ffmpeg -i …",
            outcome="done",
            started_us=1_700_000_000_000_000 + chunk,
            wall_us=2_000_000,
            cpu_us=3_000_000,
            tail="frame=144",
        )
        done = (
            ChunkEncoded(asset_id=self.asset_id, rendition=name, record=record)
            for name, record in records.items()
        )
        return (AttemptEnded(asset_id=self.asset_id, attempt=attempt), *done)

    def reused(self, chunk: int) -> tuple[Event, ...]:
        """One chunk of everything was there already."""
        names = [rendition.name for rendition in self.renditions] + ["samples"]
        return tuple(
            ChunkReused(asset_id=self.asset_id, rendition=name, record=self.record(name, chunk))
            for name in names
        )

    def judged(self, decision: Decision = "allow") -> tuple[Event, ...]:
        """A moderator has looked."""
        spans = (Span(start_us=0, end_us=1_000_000, score=0.25, label="beach"),)
        verdict = Verdict(moderator="rules@1", decision=decision, reason="as told", spans=spans)
        return (VerdictGiven(asset_id=self.asset_id, verdict=verdict),)

    def packaged(self, version: str = "v1") -> tuple[Event, ...]:
        """Playlists are written and checked."""
        size = sum(rendition.size_bytes for rendition in self.renditions)
        packaged = PresentationPackaged(
            asset_id=self.asset_id, version=version, renditions=self.renditions, size_bytes=size
        )
        checked = PresentationChecked(
            asset_id=self.asset_id, playlists=5, segments=18, faults=(), advice=("an advice",)
        )
        return (packaged, checked)

    def published(self, version: str = "v1") -> tuple[Event, ...]:
        """Anyone can play it."""
        playlist = f"assets/{self.asset_id}/{version}/main.m3u8"
        published = AssetPublished(
            asset_id=self.asset_id,
            version=version,
            playlist=playlist,
            url=f"file:///store/{playlist}",
            renditions=len(self.renditions),
            size_bytes=sum(rendition.size_bytes for rendition in self.renditions),
            duration_us=self.duration_us,
        )
        return (published,)

    def held(self) -> tuple[Event, ...]:
        """A person has to look."""
        return (*self.judged("review"), AssetHeld(asset_id=self.asset_id, reason="a person has to look"))

    def refused(self) -> tuple[Event, ...]:
        """Moderation refused it."""
        return (*self.judged("block"), AssetRefused(asset_id=self.asset_id, reason="not here"))

    def failed(self, code: str = "encode-failed") -> tuple[Event, ...]:
        """The job ended without a presentation."""
        return (JobFailed(asset_id=self.asset_id, code=code, message="the encoder fell over"),)

    def whole(self, version: str = "v1") -> tuple[tuple[Event, ...], ...]:
        """All batches of a job that goes well."""
        chunks = (self.encoded(chunk) for chunk in range(self.chunks))
        middle = (self.created(), self.planned(), *chunks, self.judged(), self.packaged(version))
        return (*middle, self.published(version))


def _segment(index: int, at: int) -> Segment:
    fragment = Fragment(
        offset=at,
        size=700 + index,
        lead_bytes=300,
        start=index * SEGMENT_TICKS,
        duration=SEGMENT_TICKS,
        frames=144,
    )
    return Segment(index=index, fragments=(fragment,))
