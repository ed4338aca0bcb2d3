"""Headers of the protocol, room, and formats: what needs no server."""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codek7.core.errors import PolicyUnknown, QuotaReached, UploadError, UploadTooBig, UsageError
from codek7.core.settings import Uploads
from codek7.ffmpeg.sniff import is_media, never_media
from codek7_server.uploads import tus
from codek7_server.uploads.refusals import no_media
from codek7_server.uploads.room import MOST_OPEN, Claim, check_room
from tests.conftest import MakeClip

KEY = st.text(
    alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=","),
    min_size=1,
    max_size=20,
)


@given(said=st.dictionaries(KEY, st.text(max_size=100), max_size=8))
def test_metadata_comes_back_as_it_was_sent(said: dict[str, str]) -> None:
    assert tus.metadata(tus.encode_metadata(said)) == said


@given(header=st.text(max_size=200))
def test_any_metadata_is_read_or_refused(header: str) -> None:
    with suppress(UploadError, PolicyUnknown, UsageError):
        assert len(tus.said_of(tus.metadata(header), ["capped"]).filename) <= 255


@given(filename=st.text(max_size=300), title=st.text(max_size=700))
def test_names_are_only_shown(filename: str, title: str) -> None:
    said = tus.said_of({"filename": filename, "title": title}, [])
    for text in (said.filename, said.title):
        assert "\0" not in text
        assert text.isprintable()
    assert "/" not in said.filename
    assert "\\" not in said.filename
    assert tus.said_of(tus.told_of(said), []).title == said.title


@pytest.mark.parametrize("told", [{"language": "no tag"}, {"tags": "t" * 500}, {"category": "c" * 5000}])
def test_what_no_asset_may_have_is_refused_before_its_bytes_come(told: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        tus.said_of(told, [])


@pytest.mark.parametrize("said", ["", "x", "-1", "+1", "1_0", " 1", "1.0", "٣", "0x10"])
def test_what_is_no_number_of_bytes(said: str) -> None:
    with pytest.raises(UploadError):
        tus.number({"upload-length": said}, "Upload-Length")


@given(st.integers(0, 10**18 - 1))
def test_numbers_of_bytes(number: int) -> None:
    assert tus.number({"upload-offset": str(number)}, "Upload-Offset") == number


def test_a_checksum_is_taken_apart() -> None:
    said = tus.checksum({"upload-checksum": f"sha1 {base64.b64encode(b'x' * 20).decode()}"})
    assert said == tus.Checksum("sha1", b"x" * 20)
    assert tus.checksum({}) is None


LIMITS = Uploads(max_bytes=100, max_key_bytes=150, max_total_bytes=200, keep_free_bytes=0)


@pytest.mark.parametrize(
    ("size", "claims", "kept", "error"),
    [
        (100, [], {}, None),
        (101, [], {}, UploadTooBig),
        (50, [Claim("me", 100, 40)], {}, None),
        (51, [Claim("me", 100, 40)], {}, QuotaReached),
        (51, [], {"me": 100}, QuotaReached),
        (51, [], {"you": 100}, None),
        (100, [Claim("you", 60, 60)], {"other": 40}, None),
        (100, [Claim("you", 60, 60)], {"other": 41}, QuotaReached),
        (1, [Claim("me", 0, 0)] * MOST_OPEN, {}, QuotaReached),
    ],
)
def test_room(
    size: int, claims: list[Claim], kept: dict[str, int], error: type[Exception] | None, tmp_path: Path
) -> None:
    def check() -> None:
        check_room(size, "me", LIMITS, claims, kept, tmp_path)

    if error is None:
        check()
    else:
        with pytest.raises(error):
            check()


def test_what_others_still_send_is_not_given_away_twice(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    limits = Uploads(max_bytes=0, keep_free_bytes=free // 4)
    check_room(free // 4, "me", limits, [], {}, tmp_path)
    with pytest.raises(QuotaReached, match="disk"):
        check_room(free // 4, "me", limits, [Claim("you", free, free * 3 // 5)], {}, tmp_path)


FORMATS = (
    "mp4",
    "mov",
    "mkv",
    "webm",
    "ts",
    "avi",
    "flv",
    "mpg",
    "ogg",
    "wav",
    "mp3",
    "flac",
    "aac",
    "gif",
    "mxf",
    "asf",
)


@pytest.mark.media
@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_that_is_opened_is_let_in(suffix: str, ffmpeg: str, tmp_path: Path) -> None:
    path = tmp_path / f"clip.{suffix}"
    sound = suffix in ("ogg", "wav", "mp3", "flac", "aac")
    source = ["sine=duration=1"] if sound else ["testsrc=duration=1:size=320x240:rate=25"]
    subprocess.run([ffmpeg, "-v", "error", "-f", "lavfi", "-i", *source, str(path)], check=True)
    head = path.read_bytes()[:4096]
    assert never_media(head) is None
    assert is_media(head)
    assert no_media(head, whole=False) is None


def test_real_clips_are_let_in(media_dir: Path | None, make_clip: MakeClip) -> None:
    clips = (
        [path for path in media_dir.iterdir() if path.suffix != ".md"] if media_dir else [make_clip("plain")]
    )
    for clip in clips:
        with clip.open("rb") as file:
            assert no_media(file.read(4096), whole=False) is None, clip.name


@given(st.binary(min_size=2048, max_size=4096))
def test_noise_is_not(head: bytes) -> None:
    assert is_media(head) or no_media(head, whole=False)


@pytest.mark.parametrize("make", [bytes, lambda n: b"a" * n, lambda n: bytes(range(256)) * (n // 256)])
def test_filler_is_not(make: Callable[[int], bytes]) -> None:
    assert no_media(make(4096), whole=False)
