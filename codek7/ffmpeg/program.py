"""Which ffmpeg program there is, and what it can do: the program is asked, never assumed."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path

import msgspec

from codek7.core.errors import ToolMissing

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C",
    "LC_ALL": "C",
    "AV_LOG_FORCE_NOCOLOR": "1",
    "SVT_LOG": "1",  # SVT-AV1 prints banners past ffmpeg's log level; errors only
}
"""All of the environment that ffmpeg gets, so that nothing around codek7 changes what it makes."""

HARDWARE = ("_nvenc", "_qsv", "_amf", "_vaapi", "_vulkan", "_v4l2m2m", "_videotoolbox", "_rkmpp")
"""How the names of encoders end that need a device."""

HINT = "install imageio-ffmpeg, or name a working program with the setting `ffmpeg`"

Stamp = tuple[str, int, int]  # path, mtime in nanoseconds, size: what a program's answers are kept by


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """An ffmpeg program that answered. What it lists is asked for once, when first wanted."""

    path: str
    version: str

    @property
    def signature(self) -> str:
        """`ffmpeg@<version>`, part of the content key of whatever it makes."""
        return f"ffmpeg@{self.version}"

    @property
    def stamp(self) -> Stamp:
        """What the program's answers are kept by: they hold while it stays as it is."""
        return _stamp(self.path)

    @property
    def encoders(self) -> frozenset[str]:
        """Names of the encoders built in; those of `hardware` are in a program whether they work or not."""
        return _listed(_stamp(self.path), "-encoders")

    @property
    def decoders(self) -> frozenset[str]:
        """Names of the decoders built in."""
        return _listed(_stamp(self.path), "-decoders")

    @property
    def filters(self) -> frozenset[str]:
        """Names of the filters built in."""
        return _listed(_stamp(self.path), "-filters")

    @property
    def hardware(self) -> tuple[str, ...]:
        """Encoders that need a device, by name."""
        return tuple(sorted(name for name in self.encoders if name.endswith(HARDWARE)))

    def needs(self, *, encoders: tuple[str, ...] = (), filters: tuple[str, ...] = ()) -> None:
        """Raises `ToolMissing` naming whatever of these the program does not have."""
        missing = [f"encoder {name}" for name in encoders if name not in self.encoders]
        missing += [f"filter {name}" for name in filters if name not in self.filters]
        if missing:
            raise ToolMissing(f"{self.path} ({self.version}) lacks: {', '.join(missing)}", hint=HINT)


def find_ffmpeg(setting: str = "") -> Program:
    """The program that the setting names (a path, or a name on PATH), else the one imageio-ffmpeg ships.

    A named program that does not work is an error, never replaced by another: it decides the bytes.
    Raises `ToolMissing`.
    """
    path = _named(setting) if setting else _shipped()
    try:
        stamp = _stamp(path)
    except OSError as error:
        raise ToolMissing(f"there is no ffmpeg at {path}: {error.strerror}", hint=HINT) from error
    return Program(path=path, version=_version(stamp))


def is_shipped(program: Program) -> bool:
    """Whether it is the one that imageio-ffmpeg ships."""
    try:
        return Path(program.path).samefile(_shipped())
    except (OSError, ToolMissing):
        return False


def _named(setting: str) -> str:
    path = Path(setting).expanduser()
    found = shutil.which(setting) if path.name == setting else str(path.absolute())
    if found is None:
        raise ToolMissing(f"{setting} is not on PATH", hint=HINT)
    return found


def _shipped() -> str:
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise ToolMissing("no ffmpeg program was found", hint=HINT) from error


def _stamp(path: str) -> Stamp:
    stat = Path(path).stat()
    return path, stat.st_mtime_ns, stat.st_size


def _ask(path: str, question: str) -> str:
    argv = [path, "-hide_banner", "-nostdin", question]
    try:
        asked = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, env=ENVIRONMENT, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolMissing(f"asking {path} for {question} failed: {error}", hint=HINT) from error
    return asked.stdout.decode(errors="replace")


@lru_cache(maxsize=16)
def _version(stamp: Stamp) -> str:
    found = re.match(r"ffmpeg version (\S+)", _ask(stamp[0], "-version"))
    if found is None:
        raise ToolMissing(f"{stamp[0]} is not an ffmpeg program", hint=HINT)
    return found.group(1)


@lru_cache(maxsize=32)
def _listed(stamp: Stamp, question: str) -> frozenset[str]:
    """Names from a table of ` FLAGS name  description` lines. The legend's lines have `=` for a name."""
    lines = (line.split(maxsplit=2) for line in _ask(stamp[0], question).splitlines())
    return frozenset(parts[1] for parts in lines if len(parts) == 3 and parts[1] != "=")
