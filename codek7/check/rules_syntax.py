"""Rules that the parser judges while it reads: the syntax of RFC 8216bis sections 4.1 to 4.4."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from codek7.check import attributes, parse, parse_media
from codek7.check.playlist import Playlist
from codek7.check.report import Finding, Rule


def _reported_as(rule_id: str) -> Callable[[Playlist], Iterator[Finding]]:
    def check(playlist: Playlist) -> Iterator[Finding]:
        for problem in playlist.problems:
            if problem.rule == rule_id:
                yield Finding(
                    playlist=playlist.uri, line=problem.line, said=problem.said, found=problem.found
                )

    return check


def _rule(rule_id: str, text: str) -> Rule[Playlist]:
    return Rule(id=rule_id, text=text, check=_reported_as(rule_id))


RULES: tuple[Rule[Playlist], ...] = (
    _rule(parse.ENCODING, "A playlist is UTF-8 without a byte order mark or control characters."),
    _rule(parse.WHITESPACE, "No line has white space around it."),
    _rule(parse.MIXED, "A playlist is a main playlist or a media playlist, never both."),
    _rule(parse.HEADER, "#EXTM3U is the first line."),
    _rule(parse.VERSION_REPEATED, "EXT-X-VERSION appears once at most."),
    _rule(parse.TAG_REPEATED, "Tags about the whole playlist appear once at most."),
    _rule(parse.TAG_VALUE, "A tag has the value its definition asks for, and only then."),
    _rule(parse.VARIABLE, "Variables are defined once, validly, and before they are used."),
    _rule(parse.VARIANT_URI, "Each EXT-X-STREAM-INF is followed by one URI line."),
    _rule(attributes.SYNTAX, "An attribute list is NAME=value, parted by single commas, without spaces."),
    _rule(attributes.REPEATED, "An attribute stands once in its tag."),
    _rule(attributes.TYPE, "An attribute has the type its definition asks for."),
    _rule(attributes.VALUE, "An attribute with a closed set of values has one of them."),
    _rule(attributes.REQUIRED, "A tag has the attributes it requires."),
    _rule(parse_media.EXTINF_MISSING, "Each media segment has an EXTINF."),
    _rule(parse_media.URI_MISSING, "Each EXTINF is followed by a URI line."),
    _rule(parse_media.RANGE_OFFSET, "A byte range without offset follows a sub-range of the same resource."),
    _rule(parse_media.DATE_TIME, "EXT-X-PROGRAM-DATE-TIME is an ISO 8601 date and time."),
)
