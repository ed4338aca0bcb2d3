"""How values look in a notebook: tables, built as trees, so that nothing in them is ever taken for markup.

A tuple of values of one kind is one table, and so are measurements by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as ET

from codek7.check import Report
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
    for kind, display in {**DISPLAYS, **TOGETHER, **of_plugins}.items():
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
    return table(SUMS, [_sums(value)])


def measurements(values: Mapping[str, Measurement]) -> str:
    """The sums of each rendition's series."""
    return table(("rendition", *SUMS), [(name, *_sums(value)) for name, value in values.items()])


SUMS = ("metric", "mean", "harmonic", "5 %", "1 %", "worst", "frames", "meter")


def _sums(value: Measurement) -> Sequence[object]:
    sums = (value.mean, value.harmonic_mean, value.p5, value.p1, min(value.per_frame))
    name = f"{value.metric.upper()} {value.model}".strip()
    return name, *(f"{each:.1f}" for each in sums), value.frames, value.meter


def trials(values: Sequence[Trial]) -> str:
    """Rungs that were tried."""
    rows = [
        (t.rung.label, f"{t.rung.crf:g}", rate(t.average_bps), f"{t.score:.1f}", t.measurement.metric.upper(),
         t.measurement.frames, t.purpose)
        for t in values
    ]  # fmt: skip
    return table(("rung", "crf", "rate", "score", "of", "frames scored", "why"), rows)


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


def curves(values: Sequence[Curve]) -> str:
    """What was tried, size by size."""
    return points([point for curve in values for point in curve.points])


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


def assets(values: Sequence[Asset]) -> str:
    """What was published or is on its way."""
    return table(("asset", "title", "state"), [(each.id, each.title, each.state) for each in values])


def verdicts(values: Sequence[Verdict]) -> str:
    """Judgements."""
    rows = [(each.moderator, each.decision, each.reason) for each in values]
    return table(("moderator", "decision", "reason"), rows)


def report(value: Report) -> str:
    """What the validator found."""
    rows = [
        (kind, fault.where, fault.rule, fault.said, fault.found)
        for kind, found in (("fault", value.faults), ("advice", value.advice))
        for fault in found
    ]
    caption = f"{value.playlists} playlists and {value.segments} segments read: {len(value.faults)} faults"
    return table(("", "where", "rule", "says", "found"), rows, caption)


def _one(display: Callable[[Sequence[Any]], str]) -> Display:
    return lambda value: display((value,))


SEVERAL: dict[type, Callable[[Sequence[Any]], str]] = {
    Asset: assets,
    Curve: curves,
    Point: points,
    Trial: trials,
    Verdict: verdicts,
}
DISPLAYS: dict[type, Display] = {
    **{kind: _one(display) for kind, display in SEVERAL.items()},
    MediaInfo: media_info,
    Ladder: ladder,
    Policy: policy,
    Timeline: timeline,
    Measurement: measurement,
    Chosen: chosen,
    Asset: asset,
    Report: report,
}


def _of_one_kind(values: tuple[Any, ...]) -> str | None:
    """One table for all, where all are of a kind that has one; else Python shows them."""
    kinds = {type(value) for value in values}
    display = SEVERAL.get(kinds.pop()) if len(kinds) == 1 else None
    return display(values) if display else None


def _by_name(values: dict[Any, Any]) -> str | None:
    measured = values and all(isinstance(value, Measurement) for value in values.values())
    return measurements(values) if measured else None


TOGETHER: dict[type, Callable[[Any], str | None]] = {tuple: _of_one_kind, dict: _by_name}
