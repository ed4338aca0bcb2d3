"""Playlists, scripts and documents that name other files or servers, dressed as media."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.hostile.case import NAMED, REFUSED, Case
from tests.hostile.place import Place

SUFFIXES = ("mp4", "avi", "mkv")
Refer = Callable[[Place], str]


def to_server(place: Place) -> str:
    return f"{place.url}/segment.ts"


def to_secret(place: Place) -> str:
    return f"file://{place.secret}"


def to_secret_path(place: Place) -> str:
    return str(place.secret)


def to_neighbour(place: Place) -> str:
    return place.neighbour.name


def to_concat(place: Place) -> str:
    """The published attack: a header from the server, the secret behind it."""
    return f"concat:{place.url}/header.m3u8|file://{place.secret}"


def hls(target: str) -> str:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{target}\n#EXT-X-ENDLIST\n"


def hls_key(target: str) -> str:
    key = f'#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n#EXT-X-MAP:URI="{target}"\n'
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n{key}#EXTINF:5,\n{target}\n#EXT-X-ENDLIST\n"


def hls_main(target: str) -> str:
    return f"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\n{target}\n"


def concat(target: str) -> str:
    return f"ffconcat version 1.0\nfile '{target}'\noption safe 0\nduration 5\n"


def concat_bare(target: str) -> str:
    return f"file '{target}'\n"


def dash(target: str) -> str:
    head = '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT5S" '
    head += 'minBufferTime="PT1S" profiles="urn:mpeg:dash:profile:isoff-main:2011">'
    kind = '<AdaptationSet mimeType="video/mp2t"><Representation id="1" bandwidth="1" codecs="avc1.42c01e">'
    body = f"<Period>{kind}<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    return f'<?xml version="1.0"?>{head}{body}'


def sdp(target: str) -> str:
    media = "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    return f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns={target}\nc=IN IP4 127.0.0.1\n{media}"


def svg(target: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="36"><image href="{target}"/></svg>'


def pls(target: str) -> str:
    return f"[playlist]\nNumberOfEntries=1\nFile1={target}\nLength1=5\nVersion=2\n"


def xspf(target: str) -> str:
    track = f"<trackList><track><location>{target}</location></track></trackList>"
    return f'<?xml version="1.0"?><playlist version="1" xmlns="http://xspf.org/ns/0/">{track}</playlist>'


def smil(target: str) -> str:
    return f'<smil><body><video src="{target}"/></body></smil>'


def asx(target: str) -> str:
    return f'<asx version="3.0"><entry><ref href="{target}"/></entry></asx>'


def quicktime(target: str) -> str:
    return f"RTSPtext\r\n{target}\r\n"


def plain(target: str) -> str:
    return f"# a list\n{target}\n"


WRITERS = (
    hls,
    hls_key,
    hls_main,
    concat,
    concat_bare,
    dash,
    sdp,
    svg,
    pls,
    xspf,
    smil,
    asx,
    quicktime,
    plain,
)
REFERS = (to_server, to_secret, to_secret_path, to_neighbour, to_concat)


def disguised(place: Place, write: Callable[[str], str], refer: Refer, suffix: str) -> Path:
    return place.write(f"clip.{suffix}", write(refer(place)))


def padded(place: Place, before: bytes, write: Callable[[str], str], refer: Refer) -> Path:
    """Something before the script hides it from whoever looks at the first bytes."""
    return place.write("clip.mp4", before + write(refer(place)).encode())


def utf_16(place: Place) -> Path:
    return place.write("clip.mp4", b"\xff\xfe" + hls(to_neighbour(place)).encode("utf-16-le"))


ID3 = b"ID3\x04\0\0\0\0\x10\0" + bytes(2048)
PADDING = {
    "bom": b"\xef\xbb\xbf",
    "blank-lines": b"\r\n" * 3000,
    "id3-tag": ID3,
    "one-zero": b"\0",
    "sync-byte": b"\x47",
    "riff": b"RIFF\xff\xff\0\0AVI ",
    "ebml": b"\x1a\x45\xdf\xa3",
    "ftyp": b"\0\0\0\x10ftypisom\0\0\0\0",
}


def cases() -> Iterator[Case]:
    """Every script with every reference as MP4, the worst of them under other names and behind padding."""
    for write in WRITERS:
        for refer in REFERS:
            name = f"{write.__name__}-{refer.__name__}".replace("_", "-")
            for suffix in SUFFIXES if refer in (to_server, to_neighbour) else SUFFIXES[:1]:
                yield Case(f"{name}.{suffix}", partial(_one, write, refer, suffix), REFUSED)
    for name, before in PADDING.items():
        for write in (hls, concat):
            made = partial(_padded, before, write, to_neighbour)
            yield Case(f"{write.__name__}-behind-{name}", made, NAMED)
    yield Case("hls-in-utf-16", utf_16, REFUSED)


def _one(write: Callable[[str], str], refer: Refer, suffix: str, place: Place) -> Path:
    return disguised(place, write, refer, suffix)


def _padded(before: bytes, write: Callable[[str], str], refer: Refer, place: Place) -> Path:
    return padded(place, before, write, refer)
