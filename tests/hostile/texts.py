"""Titles, subtitles and names that mean something to a page, a playlist, a terminal or a shell."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.hostile.case import ANY, PUBLISHED, Case
from tests.hostile.disguises import concat, hls, to_neighbour, to_secret
from tests.hostile.place import Place

SCRIPT = "<script>alert(1)</script>"
TITLES = {
    "script": SCRIPT,
    "overrides": "\u202egpj.exe\u2066\u200f title",
    "escapes": "\x1b[2J\x1b]0;owned\x07 title\r\nsecond line",
    "attribute": 'x",URI="http://example.org/x",Y="',
    "10-kB": "long " * 2000,
    "emoji": "\U0001f600" * 40 + "\U0001f468‍\U0001f469‍\U0001f467",
    "tag": "#EXT-X-ENDLIST\n#EXTINF:1,\nfile:///etc/passwd",
    "sql": "'); DROP TABLE asset; --",
}
CUES = {
    "script": f"{SCRIPT}<img src=x onerror=alert(1)>&lt;b&gt;",
    "arrow": "00:00:00.000 --> 00:00:09.000 line:0",
    "header": "WEBVTT\n\nSTYLE\n::cue { background: url(http://example.org/x) }",
    "styling": "{\\an8}{\\p1}m 0 0 l 9999999 9999999{\\p0}<font face='x\" onload=1'>text</font>",
    "control": "a\x00b\x1b[2J\u202ec",
    "10-kB": "word " * 2000,
}
NAMES = {
    "newline": b"a\nb.mp4",
    "option": b"-i.mp4",
    "option-y": b"-y",
    "quotes": b"a'b\"c`d.mp4",
    "spaces": b"  a  b .mp4",
    "pattern": b"%03d.mp4",
    "colon": b"http:clip.mp4",
    "concat": b"concat:a.ts|b.ts",
    "subfile": b"subfile,,start,0,end,0,,:clip.mp4",
    "pipe": b"pipe:0",
    "data": b"data:video;base64,AAAA",
    "shell": b"$(touch owned);&|.mp4",
    "glob": b"*[a-z]?.mp4",
    "tilde": b"~nobody-is-called-this",
    "backslash": b"..\\..\\x.mp4",
    "encoded": b"..%2f..%2fx.mp4",
    "device": b"CON",
    "dots": b"...",
    "unicode": "фильм-\U0001f3ac-\u202egpm.mp4".encode(),
    "no-utf-8": b"caf\xe9-\xff\xfe.mp4",
    "escapes": b"\x1b[2J\x07.mp4",
    "long": b"n" * 251 + b".mp4",
    "hash": b"a#b?c=d&e.mp4",
    "filter": b"a,b;[c]=d\\:e.mp4",
}
MODULES = ("av", "msgspec", "ffmpeg", "json", "codek7", "imageio_ffmpeg", "sitecustomize")


def titled(title: str, place: Place) -> Path:
    """A title in the container, and the same as the name and the language of each track."""
    tags = [("-metadata", f"title={title}"), ("-metadata:s", f"title={title}")]
    tags += [("-metadata:s", f"language={title[:300]}"), ("-metadata:s", f"handler_name={title}")]
    return place.encode(
        "clip.mkv", "-i", str(place.clip()), "-c", "copy", *(part for tag in tags for part in tag)
    )


def plain(place: Place) -> Path:
    return place.write("clip.mp4", place.clip().read_bytes())


def subtitled(cue: str, place: Place) -> Path:
    text = place.write("cues.srt", srt(cue))
    return place.encode(
        "clip.mkv", "-i", str(place.clip()), "-f", "srt", "-i", text.name, "-c", "copy", "-c:s", "srt"
    )


def srt(*cues: str) -> str:
    return "".join(
        f"{n}\n00:00:0{n % 3},000 --> 00:00:0{n % 3 + 1},000\n{cue}\n\n" for n, cue in enumerate(cues)
    )


def beside(name: str, content: str, place: Place) -> Path:
    place.write(name, content)
    return plain(place)


def many_cues(count: int, place: Place) -> Path:
    """So many cues in three seconds."""
    times = (divmod(n * 2900 // count, 1000) for n in range(count))
    lines = (f"{n}\n00:00:{s:02},{ms:03} --> 00:00:03,000\ncue {n}\n\n" for n, (s, ms) in enumerate(times))
    text = place.write("cues.srt", "".join(lines))
    return place.encode(
        "clip.mkv", "-i", str(place.clip()), "-f", "srt", "-i", text.name, "-c", "copy", "-c:s", "srt"
    )


def playlist_beside(place: Place) -> Path:
    return beside("side.en.srt", hls(to_secret(place)), place)


def script_beside(place: Place) -> Path:
    return beside("side.en.srt", concat(to_neighbour(place)), place)


def secret_beside(place: Place) -> Path:
    """Subtitles that include another file where a reader would follow."""
    style = f"[Script Info]\nScriptType: v4.00+\n\n[Fonts]\nfontname: {place.secret}\n"
    events = "[Events]\nFormat: Start, End, Text\nDialogue: 0:00:00.00,0:00:02.00,text\n"
    return beside("side.en.srt", style + events, place)


def named(name: bytes, place: Place) -> Path:
    path = place.folder / os.fsdecode(name)
    path.write_bytes(place.clip().read_bytes())
    return path


def among_modules(place: Place) -> Path:
    """A folder of uploads where somebody left Python modules."""
    for module in MODULES:
        place.write(f"{module}.py", f"open({str(place.secret)!r}).read()\nraise SystemExit(9)\n")
    return plain(place)


def cases() -> Iterator[Case]:
    """Titles, cues, files beside the source, and its names."""
    for name, title in TITLES.items():
        yield Case(f"text-title-{name}", plain, PUBLISHED, ("--title", title))
        yield Case(f"text-tags-{name}", partial(titled, title), PUBLISHED)
    for name, cue in CUES.items():
        yield Case(f"text-cue-{name}", partial(subtitled, cue), PUBLISHED)
        side = partial(beside, "side.en.srt", srt(cue))
        yield Case(f"text-side-cue-{name}", side, ANY, ("--subtitles", "side.en.srt"))
    for count in (20_000, 150_000):
        yield Case(f"text-{count}-cues", partial(many_cues, count), ANY)
    for made in (playlist_beside, script_beside, secret_beside):
        yield Case(f"text-{made.__name__.replace('_', '-')}", made, ANY, ("--subtitles", "side.en.srt"))
    for name, written in NAMES.items():
        yield Case(f"name-{name}", partial(named, written), PUBLISHED, seconds=3)
    yield Case("name-among-modules", among_modules, PUBLISHED, seconds=3)
