"""What a playlist says, as frozen values that remember their lines (RFC 8216bis section 4).

`parse_playlist` in `codek7.check.parse` makes them. A value that could not be read is None here and a
`Problem` in `problems`; nothing in this module judges.
"""

from __future__ import annotations

import posixpath
import re
from fractions import Fraction
from urllib.parse import unquote, urljoin

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """A line that breaks the syntax, under the id of the rule that it breaks."""

    rule: str
    line: int
    said: str
    found: str


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute's value, without its quotes."""

    value: str
    quoted: bool


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """One `#EXT…` line. `value` is all that follows the colon; `attributes` is empty for other tags."""

    name: str
    line: int
    value: str = ""
    attributes: dict[str, Attribute] = {}

    def text(self, name: str) -> str | None:
        """Return the attribute's value, or None where it is not there."""
        attribute = self.attributes.get(name)
        return attribute.value if attribute else None

    def integer(self, name: str) -> int | None:
        """Return a decimal-integer attribute, or None where it is not there or not one."""
        return whole(self.text(name))

    def flag(self, name: str) -> bool:
        """Tell whether a YES/NO attribute says YES; absent is NO."""
        return self.text(name) == "YES"


class ByteRange(msgspec.Struct, frozen=True, kw_only=True):
    """`length` bytes from `offset` of a resource."""

    offset: int
    length: int

    @property
    def end(self) -> int:
        """The first byte after the range."""
        return self.offset + self.length


class Map(msgspec.Struct, frozen=True, kw_only=True):
    """An EXT-X-MAP: where the media initialization section of the following segments is."""

    line: int
    uri: str
    byte_range: ByteRange | None = None


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A media segment: its URI line and every tag that applies to it.

    `start_s` is its time in the playlist: the sum of the EXTINF durations before it. `duration_s` is None
    where EXTINF is missing or unreadable; `line` is EXTINF's line if there is one,
    else the URI's. `range_unknown` says that there is an EXT-X-BYTERANGE but no telling what it means.
    `key_methods` are the METHODs of the keys that apply, NONE left out.
    """

    number: int
    line: int
    uri: str
    start_s: Fraction = Fraction(0)
    duration_s: Fraction | None = None
    duration_text: str = ""
    byte_range: ByteRange | None = None
    range_unknown: bool = False
    map: Map | None = None
    key_methods: tuple[str, ...] = ()
    discontinuity: bool = False
    gap: bool = False
    program_date_time: str | None = None


class Playlist(msgspec.Struct, frozen=True, kw_only=True):
    """What both kinds of playlist have. `version` is 1 where EXT-X-VERSION is missing."""

    uri: str
    version: int = 1
    version_line: int | None = None
    tags: tuple[Tag, ...] = ()
    variables: dict[str, str] = {}
    problems: tuple[Problem, ...] = ()

    def tag(self, name: str) -> Tag | None:
        """Return the first tag of that name, or None."""
        return next((tag for tag in self.tags if tag.name == name), None)

    def named(self, name: str) -> tuple[Tag, ...]:
        """Return all tags of that name, in order."""
        return tuple(tag for tag in self.tags if tag.name == name)

    @property
    def independent_segments(self) -> bool:
        """Whether EXT-X-INDEPENDENT-SEGMENTS stands in this playlist."""
        return self.tag("EXT-X-INDEPENDENT-SEGMENTS") is not None


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """An EXT-X-STREAM-INF with its URI line, or an EXT-X-I-FRAME-STREAM-INF (`i_frame`)."""

    line: int
    uri: str | None
    i_frame: bool
    tag: Tag

    @property
    def bandwidth_bps(self) -> int | None:
        """BANDWIDTH: the declared peak rate."""
        return self.tag.integer("BANDWIDTH")

    @property
    def average_bandwidth_bps(self) -> int | None:
        """AVERAGE-BANDWIDTH: the declared average rate."""
        return self.tag.integer("AVERAGE-BANDWIDTH")

    @property
    def codecs(self) -> tuple[str, ...] | None:
        """The formats that CODECS lists, or None without the attribute."""
        text = self.tag.text("CODECS")
        return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())

    @property
    def resolution(self) -> tuple[int, int] | None:
        """RESOLUTION as width and height."""
        match = re.fullmatch(r"(\d{1,9})x(\d{1,9})", self.tag.text("RESOLUTION") or "")
        return (int(match[1]), int(match[2])) if match else None

    @property
    def frame_rate(self) -> Fraction | None:
        """FRAME-RATE in frames a second."""
        return decimal(self.tag.text("FRAME-RATE"))

    @property
    def video_range(self) -> str:
        """VIDEO-RANGE; absent is SDR."""
        return self.tag.text("VIDEO-RANGE") or "SDR"


class Rendition(msgspec.Struct, frozen=True, kw_only=True):
    """An EXT-X-MEDIA tag. `type`, `group_id` and `name` are empty where the tag lacks them."""

    line: int
    type: str
    group_id: str
    name: str
    uri: str | None
    tag: Tag


class MainPlaylist(Playlist, frozen=True, kw_only=True):
    """A multivariant playlist."""

    variants: tuple[Variant, ...] = ()
    i_frame_variants: tuple[Variant, ...] = ()
    renditions: tuple[Rendition, ...] = ()

    def group(self, type_: str, group_id: str | None) -> tuple[Rendition, ...]:
        """Return the renditions of one group, none for no group."""
        return tuple(r for r in self.renditions if r.type == type_ and r.group_id == group_id)


class MediaPlaylist(Playlist, frozen=True, kw_only=True):
    """A media playlist. `target_duration_s` is None where the tag is missing or unreadable."""

    target_duration_s: int | None = None
    media_sequence: int = 0
    discontinuity_sequence: int = 0
    playlist_type: str | None = None
    end_list: bool = False
    i_frames_only: bool = False
    segments: tuple[Segment, ...] = ()

    @property
    def duration_s(self) -> Fraction:
        """The sum of the EXTINF durations."""
        return sum((segment.duration_s or Fraction(0) for segment in self.segments), Fraction(0))


def whole(text: str | None) -> int | None:
    """Read a decimal-integer (section 4.2: 0 to 2^64−1); None for anything else."""
    if text is None or not re.fullmatch(r"[0-9]{1,20}", text):
        return None
    number = int(text)
    return number if number < 2**64 else None


def decimal(text: str | None) -> Fraction | None:
    """Read a decimal-floating-point of at most 20 digits on each side; None for anything else."""
    if text is None or not re.fullmatch(r"[0-9]{1,20}(\.[0-9]{1,20})?", text):
        return None
    return Fraction(text)


def resolve(base: str, reference: str) -> str:
    """Resolve a URI of a playlist against the playlist's own.

    Against http(s) this is RFC 3986. Against anything else, a path or a store's URL, it joins paths,
    undoes percent-encoding and drops the query, since files and objects have neither. `..` may climb
    out here; whoever reads decides what is allowed.
    """
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", reference):
        return reference
    if re.match(r"https?://", base, re.IGNORECASE):
        try:
            return urljoin(base, reference)
        except ValueError:  # such as an unfinished IPv6 address; reading it will say so
            return reference
    match = re.match(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*", base)
    prefix, path = (match[0], base[match.end() :]) if match else ("", base)
    target = unquote(re.split(r"[?#]", reference, maxsplit=1)[0])
    return prefix + posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
