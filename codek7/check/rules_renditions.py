"""EXT-X-MEDIA tags and the groups they form (RFC 8216bis section 4.4.6.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codek7.check.playlist import MainPlaylist, Rendition
from codek7.check.report import Finding, Rule

_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_IN_STREAM = re.compile(r"CC[1-4]|SERVICE([1-9]|[1-5][0-9]|6[0-3])")
_DESCRIBES_VIDEO = "public.accessibility.describes-video"
_TRANSCRIBES = "public.accessibility.transcribes-spoken-dialog"
# What members that correspond between groups of one type may differ in.
_MAY_DIFFER = {
    "URI",
    "GROUP-ID",
    "CHANNELS",
    "STABLE-RENDITION-ID",
    "BIT-DEPTH",
    "SAMPLE-RATE",
    "INSTREAM-ID",
}


def _at(main: MainPlaylist, rendition: Rendition, said: str, found: str) -> Finding:
    spot = f"{rendition.type} {rendition.group_id!r} {rendition.name!r}"
    return Finding(playlist=main.uri, line=rendition.line, said=said, found=found, spot=spot)


def _groups(main: MainPlaylist) -> dict[tuple[str, str], list[Rendition]]:
    groups: dict[tuple[str, str], list[Rendition]] = {}
    for rendition in main.renditions:
        groups.setdefault((rendition.type, rendition.group_id), []).append(rendition)
    return groups


def uri_fits_type(main: MainPlaylist) -> Iterator[Finding]:
    """SUBTITLES need a URI; CLOSED-CAPTIONS, which are inside the video, must not have one."""
    for rendition in main.renditions:
        if rendition.type == "SUBTITLES" and rendition.uri is None:
            yield _at(main, rendition, "URI with TYPE=SUBTITLES", "none")
        if rendition.type == "CLOSED-CAPTIONS" and rendition.uri is not None:
            yield _at(main, rendition, "no URI with TYPE=CLOSED-CAPTIONS", rendition.uri)


def in_stream_id_fits(main: MainPlaylist) -> Iterator[Finding]:
    """CLOSED-CAPTIONS say which channel they are: CC1 to CC4 or SERVICE1 to SERVICE63."""
    for rendition in main.renditions:
        if rendition.type != "CLOSED-CAPTIONS":
            continue
        channel = rendition.tag.text("INSTREAM-ID")
        if channel is None or not _IN_STREAM.fullmatch(channel):
            yield _at(main, rendition, "INSTREAM-ID CC1-CC4 or SERVICE1-SERVICE63", channel or "none")


def defaults_are_selected(main: MainPlaylist) -> Iterator[Finding]:
    """DEFAULT=YES does not go with AUTOSELECT=NO."""
    for rendition in main.renditions:
        if rendition.tag.flag("DEFAULT") and rendition.tag.text("AUTOSELECT") == "NO":
            yield _at(main, rendition, "AUTOSELECT=YES with DEFAULT=YES", "AUTOSELECT=NO")


def forced_is_subtitles(main: MainPlaylist) -> Iterator[Finding]:
    """FORCED stands on SUBTITLES only."""
    for rendition in main.renditions:
        if "FORCED" in rendition.tag.attributes and rendition.type != "SUBTITLES":
            yield _at(main, rendition, "FORCED on SUBTITLES only", f"on {rendition.type}")


def names_differ(main: MainPlaylist) -> Iterator[Finding]:
    """No two members of a group have the same NAME."""
    for members in _groups(main).values():
        seen: dict[str, int] = {}
        for rendition in members:
            if rendition.name in seen:
                found = f"also on line {seen[rendition.name]}"
                yield _at(main, rendition, "a NAME of its own in the group", found)
            seen.setdefault(rendition.name, rendition.line)


def one_default(main: MainPlaylist) -> Iterator[Finding]:
    """A group has one DEFAULT=YES at most."""
    for members in _groups(main).values():
        defaults = [rendition for rendition in members if rendition.tag.flag("DEFAULT")]
        for rendition in defaults[1:]:
            yield _at(main, rendition, "one DEFAULT=YES in a group", f"another on line {defaults[0].line}")


def groups_correspond(main: MainPlaylist) -> Iterator[Finding]:
    """Groups of one type have the same members, alike but for where and how they are encoded."""
    first: dict[str, list[Rendition]] = {}
    for (type_, group_id), members in _groups(main).items():
        model = first.setdefault(type_, members)
        if model is members:
            continue
        theirs = {rendition.name: rendition for rendition in model}
        ours = {rendition.name: rendition for rendition in members}
        if theirs.keys() != ours.keys():
            whole = f"the members of group {model[0].group_id!r}: {', '.join(sorted(theirs))}"
            yield _at(main, members[0], whole, f"in {group_id!r}: {', '.join(sorted(ours))}")
        for name in ours.keys() & theirs.keys():
            for key in sorted(
                (ours[name].tag.attributes.keys() | theirs[name].tag.attributes.keys()) - _MAY_DIFFER
            ):
                said, found = theirs[name].tag.text(key), ours[name].tag.text(key)
                if said != found:
                    yield _at(
                        main, ours[name], f"{key}={said} as on line {theirs[name].line}", f"{key}={found}"
                    )


def language_is_a_tag(main: MainPlaylist) -> Iterator[Finding]:
    """LANGUAGE and ASSOC-LANGUAGE have the shape of RFC 5646 tags."""
    for rendition in main.renditions:
        for key in ("LANGUAGE", "ASSOC-LANGUAGE"):
            language = rendition.tag.text(key)
            if language is not None and not _LANGUAGE.fullmatch(language):
                yield _at(main, rendition, f"{key} as RFC 5646 writes it", language or "nothing")


def language_given(main: MainPlaylist) -> Iterator[Finding]:
    """Every EXT-X-MEDIA but VIDEO has a LANGUAGE."""
    for rendition in main.renditions:
        if rendition.type != "VIDEO" and "LANGUAGE" not in rendition.tag.attributes:
            yield _at(main, rendition, "LANGUAGE", "none")


def channels_given(main: MainPlaylist) -> Iterator[Finding]:
    """Audio renditions should say their CHANNELS."""
    for rendition in main.renditions:
        if rendition.type == "AUDIO" and "CHANNELS" not in rendition.tag.attributes:
            yield _at(main, rendition, "CHANNELS", "none")


def _auto_selected(main: MainPlaylist, type_: str, trait: str) -> Iterator[Finding]:
    for rendition in main.renditions:
        traits = (rendition.tag.text("CHARACTERISTICS") or "").split(",")
        if rendition.type == type_ and trait in traits and not rendition.tag.flag("AUTOSELECT"):
            yield _at(
                main, rendition, f"AUTOSELECT=YES with {trait}", rendition.tag.text("AUTOSELECT") or "none"
            )


def described_video_selected(main: MainPlaylist) -> Iterator[Finding]:
    """Audio description has AUTOSELECT=YES."""
    return _auto_selected(main, "AUDIO", _DESCRIBES_VIDEO)


def transcripts_selected(main: MainPlaylist) -> Iterator[Finding]:
    """Subtitles for the deaf and hard of hearing have AUTOSELECT=YES."""
    return _auto_selected(main, "SUBTITLES", _TRANSCRIBES)


def forced_selected(main: MainPlaylist) -> Iterator[Finding]:
    """Forced subtitles should have AUTOSELECT=YES."""
    for rendition in main.renditions:
        if rendition.tag.flag("FORCED") and not rendition.tag.flag("AUTOSELECT"):
            yield _at(
                main, rendition, "AUTOSELECT=YES with FORCED=YES", rendition.tag.text("AUTOSELECT") or "none"
            )


RULES: tuple[Rule[MainPlaylist], ...] = (
    Rule(
        id="rfc8216bis.4.4.6.1-uri",
        text="SUBTITLES have a URI and CLOSED-CAPTIONS have none.",
        check=uri_fits_type,
    ),
    Rule(
        id="rfc8216bis.4.4.6.1-instream-id",
        text="CLOSED-CAPTIONS have INSTREAM-ID CC1 to CC4 or SERVICE1 to SERVICE63.",
        check=in_stream_id_fits,
    ),
    Rule(
        id="rfc8216bis.4.4.6.1-autoselect",
        text="A rendition with DEFAULT=YES does not have AUTOSELECT=NO.",
        check=defaults_are_selected,
    ),
    Rule(id="rfc8216bis.4.4.6.1-forced", text="FORCED stands on SUBTITLES only.", check=forced_is_subtitles),
    Rule(
        id="rfc8216bis.4.4.6.1-language",
        text="LANGUAGE and ASSOC-LANGUAGE are RFC 5646 language tags.",
        check=language_is_a_tag,
    ),
    Rule(
        id="rfc8216bis.4.4.6.1-channels",
        text="Audio renditions say CHANNELS.",
        check=channels_given,
        level="should",
    ),
    Rule(
        id="rfc8216bis.4.4.6.1.1-name-repeated",
        text="The members of a group have different NAMEs.",
        check=names_differ,
    ),
    Rule(id="rfc8216bis.4.4.6.1.1-defaults", text="A group has at most one DEFAULT=YES.", check=one_default),
    Rule(
        id="rfc8216bis.4.4.6.1.1-groups-differ",
        text="Groups of one type have corresponding members with the same attributes.",
        check=groups_correspond,
    ),
    Rule(
        id="apple.2.13-described-video",
        text="Audio description has AUTOSELECT=YES.",
        check=described_video_selected,
    ),
    Rule(
        id="apple.4.6-transcript",
        text="Subtitles for the deaf and hard of hearing have AUTOSELECT=YES.",
        check=transcripts_selected,
    ),
    Rule(
        id="apple.5.11-forced",
        text="Forced subtitles have AUTOSELECT=YES.",
        check=forced_selected,
        level="should",
    ),
    Rule(
        id="apple.8.10-language",
        text="Every EXT-X-MEDIA but TYPE=VIDEO has LANGUAGE.",
        check=language_given,
    ),
)
