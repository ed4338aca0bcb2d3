import os
from pathlib import Path

import pytest

from codek7.core.errors import ToolMissing
from codek7.ffmpeg.program import find_ffmpeg


def answering(path: Path, version: str) -> Path:
    """A program that says it is this version of ffmpeg, and has nothing built in."""
    path.write_text(f"#!/bin/sh\necho ffmpeg version {version} Copyright\n")
    path.chmod(0o755)
    return path


def test_the_shipped_program_says_what_it_is_and_has() -> None:
    program = find_ffmpeg()
    assert Path(program.path).is_absolute()
    assert program.signature == f"ffmpeg@{program.version}"
    assert {"libx264", "libx265", "libsvtav1", "aac"} <= program.encoders
    assert {"h264", "vp9", "aac"} <= program.decoders
    assert {"scale", "trim", "libvmaf", "zscale", "aresample"} <= program.filters
    assert "=" not in program.encoders | program.decoders | program.filters


def test_a_setting_names_a_path_or_a_program_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ffmpeg: str
) -> None:
    (tmp_path / "my-ffmpeg").symlink_to(ffmpeg)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    by_name = find_ffmpeg("my-ffmpeg")
    assert by_name == find_ffmpeg(str(tmp_path / "my-ffmpeg"))
    assert by_name.path == str(tmp_path / "my-ffmpeg")
    assert by_name.version == find_ffmpeg(ffmpeg).version


def test_a_relative_path_becomes_absolute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ffmpeg: str
) -> None:
    (tmp_path / "ffmpeg").symlink_to(ffmpeg)
    monkeypatch.chdir(tmp_path)
    assert find_ffmpeg("./ffmpeg").path == str(tmp_path / "ffmpeg")


@pytest.mark.parametrize("setting", ["no-such-ffmpeg", "/no/such/ffmpeg", "/", "/bin/ls", __file__])
def test_a_program_that_is_named_and_does_not_work_is_never_replaced(setting: str) -> None:
    with pytest.raises(ToolMissing) as caught:
        find_ffmpeg(setting)
    assert setting in caught.value.message
    assert caught.value.hint


def test_a_program_that_was_replaced_is_asked_again(tmp_path: Path) -> None:
    path = answering(tmp_path / "ffmpeg", "7.0")
    assert find_ffmpeg(str(path)).version == "7.0"
    answering(path, "7.1.1")
    assert find_ffmpeg(str(path)).version == "7.1.1"


def test_what_is_needed_and_lacking_is_named(tmp_path: Path) -> None:
    find_ffmpeg().needs(encoders=("libx264",), filters=("scale",))
    bare = find_ffmpeg(str(answering(tmp_path / "ffmpeg", "7.0")))
    with pytest.raises(ToolMissing, match=r"encoder libx264, filter scale"):
        bare.needs(encoders=("libx264",), filters=("scale",))
