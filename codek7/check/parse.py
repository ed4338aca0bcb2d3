"""Reading a playlist, line by line (RFC 8216bis section 4).

`parse_playlist` never raises on any bytes: what cannot be read becomes a `Problem` with its line, and
the rest is read as well as it can be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from codek7.check.attributes import judge_attributes, read_attributes
from codek7.check.parse_media import build_media
from codek7.check.playlist import (
    Attribute,
    MainPlaylist,
    MediaPlaylist,
    Playlist,
    Problem,
    Rendition,
    Tag,
    Variant,
    whole,
)
from codek7.check.tags import TAGS, TagSpec

ENCODING = "rfc8216bis.4.1-encoding"
WHITESPACE = "rfc8216bis.4.1-whitespace"
MIXED = "rfc8216bis.4.1-mixed-tags"
HEADER = "rfc8216bis.4.4.1.1-extm3u"
VERSION_REPEATED = "rfc8216bis.4.4.1.2-version-repeated"
VARIABLE = "rfc8216bis.4.4.2.3-variable"
TAG_VALUE = "rfc8216bis.4.4-tag-value"
TAG_REPEATED = "rfc8216bis.4.4-tag-repeated"
VARIANT_URI = "rfc8216bis.4.4.6.2-uri-line"

_REFERENCE = re.compile(r"\{\$([A-Za-z0-9_-]*)\}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Line(NamedTuple):
    """A line that is neither blank nor a comment: a tag, or a URI."""

    number: int
    tag: Tag | None
    uri: str


def parse_playlist(data: bytes | str, uri: str, imports: Mapping[str, str] | None = None) -> Playlist:
    """Read a playlist. `uri` is its own; `imports` are the main playlist's variables.

    Returns a `MainPlaylist` where the text has main playlist tags, else a `MediaPlaylist`.
    """
    problems: list[Problem] = []
    variables: dict[str, str] = {}
    text = _decoded(data, problems)
    query = dict(parse_qsl(_query(uri)))
    lines: list[Line] = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = _line(raw.removesuffix("\r"), number, variables, problems)
        if line is None:
            continue
        lines.append(line)
        if line.tag and line.tag.name == "EXT-X-DEFINE":
            _define(line.tag, variables, imports or {}, query, problems)
    _judge_tags([line.tag for line in lines if line.tag], problems)
    tags = tuple(line.tag for line in lines if line.tag)
    version = next((tag for tag in tags if tag.name == "EXT-X-VERSION"), None)
    common = Playlist(
        uri=uri,
        version=(whole(version.value) if version else None) or 1,
        version_line=version.line if version else None,
        tags=tags,
        variables=variables,
    )
    return _build(common, lines, problems)


def _build(common: Playlist, lines: list[Line], problems: list[Problem]) -> MainPlaylist | MediaPlaylist:
    scopes = {TAGS[tag.name].scope for tag in common.tags if tag.name in TAGS}
    if "main" in scopes and scopes & {"media", "segment"}:
        mixed = next(t for t in common.tags if t.name in TAGS and TAGS[t.name].scope in ("media", "segment"))
        problems.append(
            Problem(
                rule=MIXED, line=mixed.line, said="a main or a media playlist", found=f"#{mixed.name} too"
            )
        )
    if "main" in scopes:
        return _build_main(common, lines, problems)
    return build_media(common, [(line.number, line.tag, line.uri) for line in lines], problems)


def _decoded(data: bytes | str, problems: list[Problem]) -> str:
    """Decode as UTF-8 and say what section 4.1 forbids: other encodings, a BOM, control characters."""
    if isinstance(data, bytes):
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            problems.append(Problem(rule=ENCODING, line=line, said="UTF-8", found=error.reason))
            text = data.decode("utf-8", errors="replace")
    else:
        text = data
    if text.startswith("\ufeff"):
        problems.append(Problem(rule=ENCODING, line=1, said="no byte order mark", found="U+FEFF"))
        text = text[1:]
    for number, written in enumerate(text.split("\n"), start=1):
        control = _CONTROL.search(written.removesuffix("\r"))
        if control:
            found = f"U+{ord(control[0]):04X}"
            problems.append(Problem(rule=ENCODING, line=number, said="no control characters", found=found))
    return text


def _line(text: str, number: int, variables: Mapping[str, str], problems: list[Problem]) -> Line | None:
    """Read one line: None for a blank or a comment."""
    if number == 1 and text != "#EXTM3U":
        problems.append(Problem(rule=HEADER, line=1, said="#EXTM3U first", found=text[:80] or "a blank line"))
    if text != text.strip():
        problems.append(Problem(rule=WHITESPACE, line=number, said="no space around", found=repr(text[:80])))
        text = text.strip()
    if not text or (text.startswith("#") and not text.startswith("#EXT")):
        return None
    if not text.startswith("#"):
        return Line(number, None, _substituted(text, variables, number, problems))
    name, colon, value = text[1:].partition(":")
    spec = TAGS.get(name)
    if spec is None:
        return Line(number, Tag(name=name, line=number, value=value), "")
    return Line(number, _tag(name, spec, value if colon else None, number, variables, problems), "")


def _tag(
    name: str,
    spec: TagSpec,
    value: str | None,
    number: int,
    variables: Mapping[str, str],
    problems: list[Problem],
) -> Tag:
    if spec.value == "none":
        if value is not None:
            problems.append(_bad_value(name, "no value", value, number))
        return Tag(name=name, line=number)
    if not value:
        problems.append(_bad_value(name, "a value", "none", number))
        return Tag(name=name, line=number)
    if spec.value == "integer" and whole(value) is None:
        problems.append(_bad_value(name, "a decimal-integer", value, number))
    if spec.value != "attributes":
        return Tag(name=name, line=number, value=value)
    attributes = read_attributes(value, number, problems)
    for key, attribute in attributes.items():
        if attribute.quoted:
            replaced = _substituted(attribute.value, variables, number, problems)
            attributes[key] = Attribute(value=replaced, quoted=True)
    problems.extend(judge_attributes(spec, name, attributes, number))
    return Tag(name=name, line=number, value=value, attributes=attributes)


def _bad_value(name: str, said: str, found: str, number: int) -> Problem:
    return Problem(rule=TAG_VALUE, line=number, said=f"#{name} with {said}", found=found[:80])


def _substituted(text: str, variables: Mapping[str, str], number: int, problems: list[Problem]) -> str:
    """Put variables in (section 4.3); an undefined one stays as it is and is a problem."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in variables:
            problems.append(
                Problem(rule=VARIABLE, line=number, said=f"{match[1]} defined before its use", found=match[0])
            )
        return variables.get(match[1], match[0])

    return _REFERENCE.sub(value, text)


def _define(
    tag: Tag,
    variables: dict[str, str],
    imports: Mapping[str, str],
    query: Mapping[str, str],
    problems: list[Problem],
) -> None:
    """Add the variable that an EXT-X-DEFINE gives (section 4.4.2.3)."""
    kinds = [kind for kind in ("NAME", "IMPORT", "QUERYPARAM") if kind in tag.attributes]
    said = ""
    if len(kinds) != 1:
        said = "one of NAME, IMPORT and QUERYPARAM"
    else:
        name = tag.text(kinds[0]) or ""
        sources = {"NAME": tag.text("VALUE"), "IMPORT": imports.get(name), "QUERYPARAM": query.get(name)}
        value = sources[kinds[0]]
        if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
            said = "a name in [a-zA-Z0-9_-]"
        elif name in variables:
            said = f"{name} defined once"
        elif value is None:
            said = f"a value for {name}"
        else:
            variables[name] = value
    if said:
        problems.append(Problem(rule=VARIABLE, line=tag.line, said=said, found=tag.value[:80]))


def _query(uri: str) -> str:
    try:
        return urlsplit(uri).query
    except ValueError:
        return ""


def _judge_tags(tags: list[Tag], problems: list[Problem]) -> None:
    """Say which tags stand more often than once though they may not (sections 4.4.1.2, 4.4.2, 4.4.3)."""
    seen: dict[str, int] = {}
    for tag in tags:
        if tag.name in seen and (tag.name == "EXT-X-VERSION" or (tag.name in TAGS and TAGS[tag.name].once)):
            rule = VERSION_REPEATED if tag.name == "EXT-X-VERSION" else TAG_REPEATED
            problems.append(
                Problem(
                    rule=rule, line=tag.line, said=f"#{tag.name} once", found=f"also on line {seen[tag.name]}"
                )
            )
        seen.setdefault(tag.name, tag.line)


def _build_main(common: Playlist, lines: list[Line], problems: list[Problem]) -> MainPlaylist:
    variants: list[Variant] = []
    i_frames: list[Variant] = []
    renditions: list[Rendition] = []
    open_tag: Tag | None = None
    for number, tag, uri in lines:
        if tag is None:
            if open_tag is None:
                problems.append(
                    Problem(
                        rule=VARIANT_URI, line=number, said="#EXT-X-STREAM-INF before a URI", found=uri[:80]
                    )
                )
            else:
                variants.append(Variant(line=open_tag.line, uri=uri, i_frame=False, tag=open_tag))
            open_tag = None
            continue
        if open_tag is not None:
            problems.append(_without_uri(open_tag, f"#{tag.name}"))
            variants.append(Variant(line=open_tag.line, uri=None, i_frame=False, tag=open_tag))
            open_tag = None
        if tag.name == "EXT-X-STREAM-INF":
            open_tag = tag
        elif tag.name == "EXT-X-I-FRAME-STREAM-INF":
            i_frames.append(Variant(line=tag.line, uri=tag.text("URI"), i_frame=True, tag=tag))
        elif tag.name == "EXT-X-MEDIA":
            renditions.append(_rendition(tag))
    if open_tag is not None:
        problems.append(_without_uri(open_tag, "the end of the playlist"))
        variants.append(Variant(line=open_tag.line, uri=None, i_frame=False, tag=open_tag))
    return MainPlaylist(
        uri=common.uri,
        version=common.version,
        version_line=common.version_line,
        tags=common.tags,
        variables=common.variables,
        problems=tuple(problems),
        variants=tuple(variants),
        i_frame_variants=tuple(i_frames),
        renditions=tuple(renditions),
    )


def _without_uri(tag: Tag, found: str) -> Problem:
    return Problem(rule=VARIANT_URI, line=tag.line, said="a URI line after #EXT-X-STREAM-INF", found=found)


def _rendition(tag: Tag) -> Rendition:
    return Rendition(
        line=tag.line,
        type=tag.text("TYPE") or "",
        group_id=tag.text("GROUP-ID") or "",
        name=tag.text("NAME") or "",
        uri=tag.text("URI"),
        tag=tag,
    )
