"""The validator on MPEG-TS segments and packed audio."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from codek7.check import check_presentation
from tests.check import seeds

pytestmark = pytest.mark.media


def _packets(number: int, change: Callable[[list[bytes]], list[bytes]]) -> seeds.Plant:
    """Change the packets of one transport stream segment."""

    def plant(folder: Path) -> None:
        path = folder / f"v{number}.ts"
        data = path.read_bytes()
        packets = [data[at : at + 188] for at in range(0, len(data), 188)]
        changed = change(packets)
        assert changed != packets
        path.write_bytes(b"".join(changed))

    return plant


def _without_tables(packets: list[bytes]) -> list[bytes]:
    return [packet for packet in packets if (packet[1] & 0x1F) << 8 | packet[2] >= 0x20]


def _one_missing(packets: list[bytes]) -> list[bytes]:
    return packets[:20] + packets[21:]


TS: list[seeds.Seed] = [
    ("no tables", {"rfc8216bis.3.1.1-tables"}, _packets(1, _without_tables)),
    ("a packet lost", {"apple.7.2-continuity-counters"}, _packets(1, _one_missing)),
    ("a segment lost", {"apple.7.2-continuity-counters", "apple.7.1-continuous"},
     seeds.edit("v.m3u8", r"#EXTINF.*\nv1.ts\n", "")),
    ("segments that change places",
     {"apple.7.2-continuity-counters", "apple.7.1-continuous"},
     seeds.both(*(seeds.edit("v.m3u8", old, new)
                  for old, new in (("v1.ts", "v9.ts"), ("v2.ts", "v1.ts"), ("v9.ts", "v2.ts"))))),
    ("sound not declared", {"rfc8216bis.4.4.6.2-codecs"}, seeds.edit("main.m3u8", ",mp4a.40.2", "")),
]  # fmt: skip

UNAVOIDABLE = {"apple.6.1-i-frame-playlists"}  # ffmpeg's muxer makes no trick play


def test_a_sound_stream_lacks_only_trick_play(sound_ts: Path) -> None:
    report = check_presentation(sound_ts / "main.m3u8")
    assert {fault.rule for fault in report.faults} == UNAVOIDABLE, str(report)


def test_a_media_playlist_is_checked_alone(sound_ts: Path) -> None:
    report = check_presentation(sound_ts / "v.m3u8")
    assert report.faults == ()
    assert (report.playlists, report.segments) == (1, 3)


@pytest.mark.parametrize(("rules", "plant"), [seed[1:] for seed in TS], ids=[seed[0] for seed in TS])
def test_a_planted_fault_is_found_and_nothing_else(ts: Path, rules: set[str], plant: seeds.Plant) -> None:
    plant(ts)
    report = check_presentation(ts / "main.m3u8")
    assert {fault.rule for fault in report.faults} == rules | UNAVOIDABLE, str(report)


@pytest.fixture
def packed(ffmpeg: str, tmp_path: Path) -> Path:
    """A media playlist of AAC segments, without the timestamps that they need."""
    source = ["-f", "lavfi", "-i", "sine=r=44100:d=8"]
    arguments = [*source, "-c:a", "aac", "-ac", "2", "-f", "segment", "-segment_time", "4"]
    subprocess.run([ffmpeg, "-v", "error", *arguments, str(tmp_path / "a%d.aac")], check=True)
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:4", "#EXT-X-PLAYLIST-TYPE:VOD"]
    frame = 1024 / 44100
    for path in sorted(tmp_path.glob("a*.aac")):
        lines += [f"#EXTINF:{_adts_frames(path.read_bytes()) * frame:.5f},", path.name]
    playlist = tmp_path / "a.m3u8"
    playlist.write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))
    return playlist


def _adts_frames(data: bytes) -> int:
    at = frames = 0
    while at + 7 <= len(data):
        at += (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        frames += 1
    return frames


def _stamped(data: bytes, at_90khz: int) -> bytes:
    owner = b"com.apple.streaming.transportStreamTimestamp\0" + at_90khz.to_bytes(8, "big")
    frame = b"PRIV" + len(owner).to_bytes(4, "big") + b"\0\0" + owner
    return b"ID3\4\0\0" + bytes([0, 0, 0, len(frame)]) + frame + data


def test_packed_audio_needs_timestamps(packed: Path) -> None:
    report = check_presentation(packed)
    segments = len(list(packed.parent.glob("a*.aac")))
    assert [fault.rule for fault in report.faults] == ["rfc8216bis.3.1.3-timestamp"] * segments


def test_packed_audio_with_timestamps_is_sound(packed: Path) -> None:
    elapsed = 0.0
    for path in sorted(packed.parent.glob("a*.aac")):
        data = path.read_bytes()
        path.write_bytes(_stamped(data, round(elapsed * 90_000)))
        elapsed += _adts_frames(data) * 1024 / 44100
    assert check_presentation(packed).faults == ()
