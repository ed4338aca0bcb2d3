"""The contract of a prober (`codek7_probe`): what it says is what a whole decode shows."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import ClassVar

import pytest

from codek7.core.errors import MediaError, MediaTooBig
from codek7.core.hooks import Hooks
from codek7.core.media import Limits, Probed
from codek7.core.values import from_json, to_json
from codek7.testing.clips import CLIPS, Clip
from codek7.testing.plugin import SIGNATURE, PluginContract
from codek7.testing.pytest_plugin import CodekClip
from codek7.testing.truth import decoded

DECODERS = {"mpeg2": "mpeg2video"}
HDR = {"smpte2084": "hdr10", "arib-std-b67": "hlg"}
DISGUISED = {
    "playlist": b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "concat script": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "manifest": b'<?xml version="1.0"?><MPD><BaseURL>file:///etc/passwd</BaseURL></MPD>',
    "text": b"This is no video.\n" * 50,
    "nothing": b"",
    "noise": hashlib.sha512(b"noise").digest() * 64,
}
"""What arrives under the name of a video."""


class ProberContract(PluginContract):
    """Override `plugin`, and name in `reads` the clips of `codek7.testing.clips.CLIPS` that it reads, where
    it does not read all."""

    hook: ClassVar[str] = "codek7_probe"
    reads: ClassVar[frozenset[str]] = frozenset(CLIPS)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Every test that asks for `name` gets each clip that is read."""
        if "name" in metafunc.fixturenames:
            metafunc.parametrize("name", sorted(self.reads))

    @pytest.fixture
    def clip(self, name: str) -> Clip:
        """How the clip was made."""
        return CLIPS[name]

    @pytest.fixture
    def path(self, codek7_clip: CodekClip, name: str) -> Path:
        """Its file."""
        return codek7_clip(name)

    @pytest.fixture(scope="class")
    @classmethod
    def said(cls) -> dict[str, Probed]:
        """What the prober said of each clip so far."""
        return {}

    @pytest.fixture
    def probed(self, hooks: Hooks, path: Path, name: str, said: dict[str, Probed]) -> Probed:
        """What the prober says of it: asked once, for all tests that only read."""
        if name not in said:
            said[name] = hooks.probe(path, Limits())
        return said[name]

    def test_the_picture(self, probed: Probed, clip: Clip) -> None:
        video = probed.info.video
        assert (video is None) == (clip.codec is None) == (probed.frame_times is None)
        if video is None or clip.codec is None:
            return
        assert video.codec == DECODERS.get(clip.codec, clip.codec)
        assert (video.width, video.height) == (clip.width, clip.height)
        assert video.sample_aspect == Fraction(clip.sar)
        assert video.rotation == -clip.rotation % 360
        assert video.interlaced == clip.interlaced
        assert video.bit_depth == (10 if "10" in clip.pixel else 8)

    def test_the_colour(self, probed: Probed, clip: Clip) -> None:
        video = probed.info.video
        if video is not None:
            assert video.colour.range == ("pc" if clip.full_range else "tv")
            assert video.colour.transfer == clip.transfer
            assert video.hdr == HDR.get(clip.transfer, "none")

    def test_the_sound(self, probed: Probed, clip: Clip) -> None:
        assert sorted(track.language for track in probed.info.audio) == sorted(clip.audio)
        assert {(track.sample_rate, track.channels) for track in probed.info.audio} <= {
            (48_000, clip.channels)
        }

    def test_the_subtitles(self, probed: Probed, clip: Clip) -> None:
        assert [track.language for track in probed.info.subtitles] == list(clip.subtitles)
        assert all(track.text for track in probed.info.subtitles)

    def test_every_frame_that_a_decode_shows(self, probed: Probed, path: Path, codek7_ffmpeg: str) -> None:
        video, times = probed.info.video, probed.frame_times
        if video is not None and times is not None:
            shown = [picture.at for picture in decoded(codek7_ffmpeg, path)]
            assert [pts * video.time_base for pts in times.pts()] == shown
            assert video.frames == len(shown)
            assert video.start_pts == times.start

    def test_the_rate_is_that_of_the_frames(self, probed: Probed, clip: Clip) -> None:
        video = probed.info.video
        if video is not None:
            assert video.constant_rate != clip.vfr
            assert clip.vfr or video.frame_rate == Fraction(clip.fps)

    def test_the_duration(self, probed: Probed, clip: Clip) -> None:
        assert probed.info.duration_us / 1_000_000 == pytest.approx(clip.seconds, abs=0.25)

    def test_decoding_everything_says_the_same(self, hooks: Hooks, probed: Probed, path: Path) -> None:
        assert hooks.probe(path, Limits(), thorough=True).frame_times == probed.frame_times

    def test_it_is_signed_and_survives_json(self, probed: Probed) -> None:
        assert SIGNATURE.fullmatch(probed.info.prober), probed.info.prober
        assert from_json(to_json(probed), Probed) == probed

    def test_the_file_is_left_alone(self, hooks: Hooks, path: Path, tmp_path: Path) -> None:
        copy = tmp_path / path.name
        copy.write_bytes(path.read_bytes())
        hooks.probe(copy, Limits())
        assert copy.read_bytes() == path.read_bytes()
        assert list(tmp_path.iterdir()) == [copy]

    @pytest.mark.parametrize("what", sorted(DISGUISED))
    @pytest.mark.parametrize("suffix", ["mp4", "ts", "mkv"])
    def test_what_is_no_media_is_refused(self, hooks: Hooks, tmp_path: Path, what: str, suffix: str) -> None:
        path = tmp_path / f"clip.{suffix}"
        path.write_bytes(DISGUISED[what])
        with pytest.raises(MediaError):
            hooks.probe(path, Limits())

    def test_a_file_without_its_end_is_refused(
        self, hooks: Hooks, path: Path, tmp_path: Path, clip: Clip
    ) -> None:
        """MP4 keeps its index at the end."""
        whole = path.read_bytes()
        cut = tmp_path / f"cut.{clip.container}"
        cut.write_bytes(whole[: len(whole) // 2] if clip.container == "mp4" else whole[:200])
        with pytest.raises(MediaError):
            hooks.probe(cut, Limits())

    @pytest.mark.parametrize(
        "limits",
        [Limits(max_duration_us=1000), Limits(max_tracks=0), Limits(max_size_bytes=100)],
        ids=["duration", "tracks", "size"],
    )
    def test_limits_are_kept(self, hooks: Hooks, path: Path, limits: Limits) -> None:
        with pytest.raises(MediaTooBig):
            hooks.probe(path, limits)

    @pytest.mark.parametrize(
        "limits", [Limits(max_pixels=100), Limits(max_frames=10)], ids=["pixels", "frames"]
    )
    def test_limits_of_pictures_are_kept(self, hooks: Hooks, path: Path, limits: Limits) -> None:
        """Too many or too large pictures are refused, or at least never offered for encoding: some formats
        say how large theirs are only to a decoder, which is not let at them."""
        with suppress(MediaTooBig):
            assert hooks.probe(path, limits).info.video is None
