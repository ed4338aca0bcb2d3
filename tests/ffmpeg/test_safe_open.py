"""What is opened as media, and what never is: with its reason, and without touching anything else."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.boxes import box, full_box, rebuild
from codek7.core.errors import (
    MediaEmpty,
    MediaError,
    MediaRefused,
    MediaTooBig,
    MediaUnreadable,
    SourceNotFound,
)
from codek7.core.media import Limits
from codek7.ffmpeg.safe_open import GEN_PTS, open_media, shown
from codek7.ffmpeg.sniff import is_text, never_media
from tests.conftest import MakeClip

LIMITS = Limits()
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nsecret.ts\n#EXT-X-ENDLIST\n"
DISGUISES = {
    "an HLS": PLAYLIST,
    "HLS or M3U": b"\xef\xbb\xbf\r\n  " + PLAYLIST,
    "M3U playlist": b"\xff\xfe" + PLAYLIST.decode().encode("utf-16-le"),
    "concat script": b"ffconcat version 1.0\nfile secret.ts\n",
    "an ffmpeg concat": b"file 'secret.ts'\n",
    "DASH": b'<?xml version="1.0"?>\n<MPD type="static"><BaseURL>secret.ts</BaseURL></MPD>',
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg"><image href="secret.png"/></svg>',
    "SMIL": b"<smil><body><video src='secret.ts'/></body></smil>",
    "XSPF": b"<?xml version='1.0'?><playlist xmlns='http://xspf.org/ns/0/'></playlist>",
    "PLS": b"[playlist]\nFile1=secret.ts\n",
    "SDP": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "web page": b"<!DOCTYPE html><html><video src='secret.ts'></html>",
    "is text": b"# nothing that is known\nsecret.ts\n",
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "JPEG": b"\xff\xd8\xff\xe0" + bytes(100),
    "ZIP": b"PK\x03\x04" + bytes(100),
    "format that is never opened": b"1\n00:00:01,000 --> 00:00:02,000\n\x07a cue\n\n" * 20,
}


@pytest.mark.parametrize("what", DISGUISES)
@pytest.mark.parametrize("suffix", ["mp4", "ts"])
def test_what_is_no_media_is_refused_by_its_name(tmp_path: Path, what: str, suffix: str) -> None:
    path = tmp_path / f"clip.{suffix}"
    path.write_bytes(DISGUISES[what])
    with pytest.raises(MediaRefused, match=what):
        open_media(path, LIMITS)


@given(st.binary(max_size=200))
def test_sniffing_never_fails(head: bytes) -> None:
    assert isinstance(is_text(head), bool)
    assert never_media(head) is None or never_media(head) != ""


@pytest.mark.media
def test_media_is_never_taken_for_something_else(make_clip: MakeClip) -> None:
    for container in ("mp4", "mkv", "ts", "webm"):
        codec = "vp9" if container == "webm" else "h264"
        path = make_clip("sniffed", container=container, codec=codec, seconds=1)
        assert never_media(path.read_bytes()[:4096]) is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "0 bytes"),
        (b"\x00", "damaged"),
        (bytes(5000), "damaged"),
        (box(b"ftyp", b"isom", bytes(8)), "moov"),
    ],
)
def test_damage_is_named(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(content)
    with pytest.raises(MediaUnreadable, match=why):
        open_media(path, LIMITS)


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    pipe = tmp_path / "clip.mp4"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(MediaRefused, match="not a regular file"):
            open_media(path, LIMITS)
    with pytest.raises(SourceNotFound):
        open_media(tmp_path / "none.mp4", LIMITS)
    with pytest.raises(SourceNotFound):
        open_media(pipe / "below.mp4", LIMITS)


@pytest.mark.media
@pytest.mark.parametrize(
    "name",
    [
        b"http:example.mp4",
        b"concat:a|b.mp4",
        b"-i.mp4",
        b"%03d.mp4",
        b"a\nb.mp4",
        b"caf\xe9.mp4",
        b"data:x.mp4",
    ],
)
def test_names_are_only_names(make_clip: MakeClip, tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(make_clip("named", seconds=1).read_bytes())
    with open_media(path, LIMITS) as container:
        assert len(container.streams) == 2


@pytest.mark.media
def test_a_relative_name_that_looks_like_an_address(
    make_clip: MakeClip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file:clip.mp4").write_bytes(make_clip("named", seconds=1).read_bytes())
    with open_media(Path("file:clip.mp4"), LIMITS) as container:
        assert len(container.streams) == 2


@pytest.mark.media
def test_times_are_not_made_up(make_clip: MakeClip) -> None:
    with open_media(make_clip("named", seconds=1), LIMITS) as container:
        assert not container.flags & GEN_PTS


@pytest.mark.media
@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_streams_without_times_are_refused(make_clip: MakeClip, codec: str) -> None:
    path = make_clip("elementary", container=codec, codec=codec, audio=(), seconds=1)
    with pytest.raises(MediaRefused, match="never opened"):
        open_media(path, LIMITS)


@pytest.mark.media
@pytest.mark.parametrize(
    "place", [b"file:///etc/passwd\0", b"http://127.0.0.1:9/secret\0", b"../secret.mp4\0"]
)
def test_media_in_another_file_is_refused(make_clip: MakeClip, tmp_path: Path, place: bytes) -> None:
    references = full_box(b"dref", 0, 0, struct.pack(">I", 1), full_box(b"url ", 0, 0, place))
    path = tmp_path / "clip.mp4"
    whole = make_clip("named", seconds=1).read_bytes()
    path.write_bytes(rebuild(whole, {b"dinf"}, {b"minf": box(b"dinf", references)}))
    with pytest.raises(MediaRefused, match="another file"):
        open_media(path, LIMITS)


@pytest.mark.media
@pytest.mark.parametrize("fragmented", [False, True], ids=["whole", "fragmented"])
@pytest.mark.parametrize("track", [0, 1], ids=["pictures", "sound"])
def test_what_a_few_bytes_list_is_not_believed(
    make_clip: MakeClip, tmp_path: Path, track: int, fragmented: bool
) -> None:
    clip = make_clip("listing", seconds=1, fragmented=fragmented).read_bytes()
    kind, table = (b"trun", b"\0\0\0\0\x05\0\0\0") if fragmented else (b"stsz", b"\0\0\0\0\0\0\0\1\x05\0\0\0")
    path = tmp_path / "clip.mp4"
    path.write_bytes(with_box(clip, kind, track, table))
    with pytest.raises(MediaTooBig, match="lists 83886"):
        open_media(path, LIMITS)


def with_box(data: bytes, kind: bytes, which: int, payload: bytes) -> bytes:
    """The payload of the box number `which` of a kind overwritten, from its beginning."""
    at = -1
    for _ in range(which + 1):
        at = data.index(kind, at + 1)
    return data[: at + 4] + payload + data[at + 4 + len(payload) :]


def test_boxes_that_never_end_end(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(box(b"ftyp", b"isom", bytes(8)) + struct.pack(">I4sQ", 1, b"free", (1 << 64) - 1))
    with pytest.raises(MediaUnreadable):
        open_media(path, LIMITS)


@pytest.mark.media
@pytest.mark.parametrize(
    ("limits", "why"),
    [
        (Limits(max_size_bytes=1000), "bytes"),
        (Limits(max_tracks=1), "2 tracks"),
        (Limits(max_frames=20), "24 frames"),
        (Limits(max_pixels=1000), "pixels"),
    ],
)
def test_limits(make_clip: MakeClip, limits: Limits, why: str) -> None:
    with pytest.raises(MediaTooBig, match=why):
        open_media(make_clip("named", seconds=1), limits).close()


@pytest.mark.media
def test_a_file_without_tracks_is_empty(make_clip: MakeClip, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(rebuild(make_clip("named", seconds=1).read_bytes(), {b"trak"}, {}))
    with pytest.raises(MediaEmpty, match="no tracks"):
        open_media(path, LIMITS)


@given(st.text(min_size=1, max_size=300).filter(lambda name: "/" not in name and "\0" not in name))
def test_names_in_messages_are_printable_and_short(name: str) -> None:
    said = shown(Path(name))
    assert len(said) <= 80
    assert said.isprintable()


def test_every_refusal_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    for content in (*DISGUISES.values(), b"", bytes(100)):
        path.write_bytes(content)
        with pytest.raises(MediaError) as refused:
            open_media(path, LIMITS)
        assert refused.value.hint
        assert "clip.mp4" in refused.value.message
