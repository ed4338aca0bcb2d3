"""How values look in a notebook: tables, built as trees, so that nothing in them is ever taken for markup."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from codek7.core.assets import Asset, Verdict
from codek7.core.ladder import AudioRung, Ladder, Policy, Rung
from codek7.core.measurement import Measurement
from codek7.core.media import AudioTrack, MediaInfo, SubtitleTrack, VideoTrack
from codek7.core.study import Chosen, Curve, Point, Trial
from codek7.core.timeline import Timeline
from codek7.lab.views.words import clock, rate, size

Display = Callable[[Any], str]


def show_richly(of_plugins: Mapping[type, Display]) -> None:
    """Teach the notebook that runs this, if any, to show our values and the plugins'."""
    try:
        from IPython import get_ipython
    except ModuleNotFoundError:
        return
    shell = get_ipython()
    if shell is None:
        return
    formatter = shell.display_formatter.formatters["text/html"]
    for kind, display in {**DISPLAYS, **of_plugins}.items():
        formatter.for_type(kind, display)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "") -> str:
    """A table as HTML."""
    root = ET.Element("table")
    if caption:
        ET.SubElement(root, "caption", style="text-align:left;caption-side:top").text = caption
    head = ET.SubElement(ET.SubElement(root, "thead"), "tr")
    for column in columns:
        ET.SubElement(head, "th", style="text-align:left").text = column
    body = ET.SubElement(root, "tbody")
    for row in rows:
        line = ET.SubElement(body, "tr")
        for cell in row:
            ET.SubElement(line, "td", style="text-align:left").text = "" if cell is None else str(cell)
    return ET.tostring(root, encoding="unicode", method="html")


def media_info(info: MediaInfo) -> str:
    """A source's tracks."""
    rows = [(track.index, *_track(track), track.language) for track in info.tracks]
    caption = f"{info.container}, {clock(info.duration_us)}"
    return table(("track", "kind", "codec", "what", "language"), rows, caption)


def _track(track: VideoTrack | AudioTrack | SubtitleTrack) -> tuple[str, str, str]:
    if isinstance(track, VideoTrack):
        width, height = track.display_size
        high = "" if track.hdr == "none" else f", {track.hdr}"
        turned = f", turned by {track.rotation}°" if track.rotation else ""
        pace = "" if track.constant_rate else ", variable rate"
        shown = f"{width}×{height}, {float(track.frame_rate):.5g} fps{pace}{turned}{high}"
        return "video", track.codec, shown
    if isinstance(track, AudioTrack):
        return "audio", track.codec, f"{track.channels} channels, {track.sample_rate} Hz"
    return "subtitle", track.codec, "text" if track.text else "pictures"


def ladder(value: Ladder) -> str:
    """Rungs in rising order, and the sounds."""
    rows: list[Sequence[object]] = [_rung(rung) for rung in value.rungs]
    rows += [_sound(sound) for sound in value.audio]
    caption = f"ladder {value.hash[:12]} by {value.planner or 'hand'}"
    return table(("rung", "size", "fps", "crf", "ceiling", "preset"), rows, caption)


def _rung(rung: Rung) -> Sequence[object]:
    fps = float(rung.frame_rate) if rung.frame_rate else "all"
    return (
        rung.label,
        f"{rung.width}×{rung.height}",
        fps,
        f"{rung.crf:g}",
        rate(rung.ceiling_bps),
        rung.preset,
    )


def _sound(sound: AudioRung) -> Sequence[object]:
    return sound.codec, f"{sound.channels} channels", "", "", rate(sound.bitrate_bps), ""


def policy(value: Policy) -> str:
    """What differs from a policy that asks for nothing."""
    plain = Policy(name=value.name)
    names = [name for name in Policy.__struct_fields__ if getattr(value, name) != getattr(plain, name)]
    return table(("policy", value.name), [(name, getattr(value, name)) for name in names])


def timeline(value: Timeline) -> str:
    """How a source is cut."""
    rows = [
        (chunk.index, f"{chunk.first}–{chunk.last - 1}", clock(round(value.seconds(chunk.start) * 1_000_000)))
        for chunk in value.chunks
    ]
    caption = f"{clock(value.duration_us)}, {len(value.cuts) - 1} segments, {len(value.idrs)} IDR pictures"
    return table(("chunk", "segments", "starts at"), rows, caption)


def measurement(value: Measurement) -> str:
    """The sums of a series."""
    sums = (value.mean, value.harmonic_mean, value.p1, value.p5, min(value.per_frame))
    row = (
        f"{value.metric.upper()} {value.model}",
        *(f"{each:.2f}" for each in sums),
        value.frames,
        value.meter,
    )
    return table(("metric", "mean", "harmonic", "1 %", "5 %", "worst", "frames", "meter"), [row])


def trial(value: Trial) -> str:
    """A rung that was tried."""
    rung = value.rung
    row = (
        rung.label,
        f"{rung.crf:g}",
        rate(value.average_bps),
        f"{value.score:.2f}",
        value.frames,
        value.purpose,
    )
    return table(("rung", "crf", "rate", value.measurement.metric, "frames", "why"), [row])


def points(values: Sequence[Point]) -> str:
    """Rungs with what they cost and score."""
    rows = [
        (
            p.rung.label,
            f"{p.rung.crf:g}",
            rate(p.average_bps),
            f"{p.score:.2f}",
            f"{p.cpu_s_per_hour / 60:.0f} min",
        )
        for p in values
    ]
    return table(("rung", "crf", "rate", "score", "CPU for an hour"), rows)


def curve(value: Curve) -> str:
    """What was tried of a size."""
    return points(value.points)


def chosen(value: Chosen) -> str:
    """A ladder that was found, and what each rung is predicted to be and turned out to be."""
    made = value.verified or (None,) * len(value.predicted)
    rows = [
        (p.rung.label, f"{p.rung.crf:g}", rate(p.average_bps), f"{p.score:.1f}",
         rate(v.average_bps) if v else "", f"{v.score:.1f}" if v else "")
        for p, v in zip(value.predicted, made, strict=True)
    ]  # fmt: skip
    caption = f"ladder {value.ladder.hash[:12]}, {value.probes} probes"
    if value.bd_rate is not None:
        caption += f", {value.bd_rate:+.1f} % rate against {value.against} at equal quality"
    name = value.metric.name
    return table(("rung", "crf", "predicted", name, "made", name), rows, caption)


def asset(value: Asset) -> str:
    """What the catalog knows of a source."""
    rows = [("id", value.id), ("state", value.state), ("source", value.source.uri)]
    rows += [("size", size(value.source.size_bytes)), ("playlist", value.playlist)]
    return table(("asset", value.title), rows)


def verdict(value: Verdict) -> str:
    """A judgement."""
    return table(("moderator", "decision", "reason"), [(value.moderator, value.decision, value.reason)])


DISPLAYS: dict[type, Display] = {
    MediaInfo: media_info,
    Ladder: ladder,
    Policy: policy,
    Timeline: timeline,
    Measurement: measurement,
    Trial: trial,
    Curve: curve,
    Chosen: chosen,
    Asset: asset,
    Verdict: verdict,
}
