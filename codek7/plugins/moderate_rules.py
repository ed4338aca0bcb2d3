"""Moderation by rules over facts: duration, size, dimensions, codecs, and hashes that are never wanted.

The rules are `[moderation]` of the settings. A hash list that cannot be read raises, which counts as
`review`: the gate fails closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from codek7.core.assets import Asset, Verdict
from codek7.core.errors import SettingsInvalid
from codek7.core.hookspecs import hookimpl
from codek7.core.media import MediaInfo, VideoTrack
from codek7.core.ports import Frames
from codek7.core.settings import Moderation, Settings

SIGNATURE = "moderate_rules@1"
SHA256 = re.compile(r"[0-9a-f]{64}")


class Plugin:
    """Keeps the rules it is configured with."""

    def __init__(self) -> None:
        self._rules = Moderation()

    @hookimpl
    def codek7_configure(self, settings: Settings) -> None:
        """Which rules there are."""
        self._rules = settings.moderation

    @hookimpl
    def codek7_moderate(self, asset: Asset, info: MediaInfo, frames: Frames) -> Verdict:
        """Refused hashes are blocked; whatever breaks a rule meets the decision of the settings."""
        if self._rules.hash_list and asset.source.sha256 in read_hashes(Path(self._rules.hash_list)):
            reason = "the source is on the list of refused hashes"
            return Verdict(moderator=SIGNATURE, decision="block", reason=reason)
        broken = list(_broken(self._rules, asset, info))
        decision = self._rules.decision if broken else "allow"
        return Verdict(moderator=SIGNATURE, decision=decision, reason="; ".join(broken))


def read_hashes(path: Path) -> frozenset[str]:
    """The SHA-256 hashes of a list: one a line, whatever follows it on the line being its name; `#` begins a
    comment. Raises `SettingsInvalid` when the file or a line of it cannot be read."""
    try:
        lines = path.expanduser().read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"hash list {path}: {error}", hint="see `moderation.hash_list`") from error
    hashes = set()
    for number, line in enumerate(lines, 1):
        first, *_ = [*line.partition("#")[0].lower().split(), ""]
        if first and not SHA256.fullmatch(first):
            raise SettingsInvalid(f"hash list {path}, line {number}: not a SHA-256 hash")
        hashes.add(first)
    return frozenset(hashes - {""})


def _broken(rules: Moderation, asset: Asset, info: MediaInfo) -> Iterator[str]:
    """Every rule that the source breaks, in words."""
    if rules.min_duration_us and info.duration_us < rules.min_duration_us:
        yield f"lasts {_seconds(info.duration_us)}, and at least {_seconds(rules.min_duration_us)} is wanted"
    if rules.max_duration_us and info.duration_us > rules.max_duration_us:
        yield f"lasts {_seconds(info.duration_us)}, and at most {_seconds(rules.max_duration_us)} is allowed"
    if rules.max_size_bytes and asset.source.size_bytes > rules.max_size_bytes:
        yield f"holds {asset.source.size_bytes} bytes, and at most {rules.max_size_bytes} are allowed"
    for track in info.tracks:
        if rules.codecs and track.codec not in rules.codecs:
            yield f"track {track.index} is {track.codec}, and only {', '.join(rules.codecs)} are allowed"
        if isinstance(track, VideoTrack):
            yield from _too_large(rules, track)


def _too_large(rules: Moderation, track: VideoTrack) -> Iterator[str]:
    width, height = track.display_size
    if rules.max_width and width > rules.max_width:
        yield f"is {width} pixels wide, and at most {rules.max_width} are allowed"
    if rules.max_height and height > rules.max_height:
        yield f"is {height} pixels high, and at most {rules.max_height} are allowed"


def _seconds(microseconds: int) -> str:
    return f"{microseconds / 1_000_000:g} s"
