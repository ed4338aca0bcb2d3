"""The tags of RFC 8216bis section 4.4 and their attributes, as a table.

Only what the parser needs to judge a line is here: where a tag may stand, what its value looks like,
and the type of each attribute it defines. Tags and attributes that are not in the table are tolerated,
as section 6.3.1 asks of clients.
"""

from __future__ import annotations

from typing import Literal

import msgspec

AttributeType = Literal["integer", "hex", "float", "signed", "quoted", "enum", "resolution", "group"]
Scope = Literal["any", "main", "media", "segment"]
ValueKind = Literal["none", "integer", "attributes", "text"]


class AttributeSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute: its type (section 4.2), whether its tag needs it, and its closed set of values.

    The type "group" is a quoted group name or the bare word NONE, as CLOSED-CAPTIONS has it.
    """

    type: AttributeType
    required: bool = False
    values: tuple[str, ...] = ()


Attributes = dict[str, AttributeSpec] | None


class TagSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One tag: the section that defines it, where it may stand, and what follows its colon."""

    section: str
    scope: Scope
    value: ValueKind = "none"
    once: bool = False
    attributes: dict[str, AttributeSpec] = {}


_INTEGER, _FLOAT = AttributeSpec(type="integer"), AttributeSpec(type="float")
_HEX = AttributeSpec(type="hex")
_QUOTED, _ENUM = AttributeSpec(type="quoted"), AttributeSpec(type="enum")
_NEEDED_QUOTED, _NEEDED_ENUM = (
    AttributeSpec(type="quoted", required=True),
    AttributeSpec(type="enum", required=True),
)
_NEEDED_FLOAT = AttributeSpec(type="float", required=True)
_YES_NO = AttributeSpec(type="enum", values=("YES", "NO"))
_YES = AttributeSpec(type="enum", values=("YES",))

_KEY = {
    "METHOD": _NEEDED_ENUM,
    "URI": _QUOTED,
    "IV": _HEX,
    "KEYFORMAT": _QUOTED,
    "KEYFORMATVERSIONS": _QUOTED,
}
_STREAM = {
    "BANDWIDTH": AttributeSpec(type="integer", required=True),
    "AVERAGE-BANDWIDTH": _INTEGER,
    "SCORE": _FLOAT,
    "CODECS": _QUOTED,
    "SUPPLEMENTAL-CODECS": _QUOTED,
    "RESOLUTION": AttributeSpec(type="resolution"),
    "HDCP-LEVEL": AttributeSpec(type="enum", values=("TYPE-0", "TYPE-1", "NONE")),
    "ALLOWED-CPC": _QUOTED,
    "VIDEO-RANGE": AttributeSpec(type="enum", values=("SDR", "HLG", "PQ")),
    "REQ-VIDEO-LAYOUT": _QUOTED,
    "STABLE-VARIANT-ID": _QUOTED,
    "PATHWAY-ID": _QUOTED,
    "VIDEO": _QUOTED,
}
_MEDIA = {
    "TYPE": AttributeSpec(
        type="enum", required=True, values=("AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS")
    ),
    "URI": _QUOTED,
    "GROUP-ID": _NEEDED_QUOTED,
    "LANGUAGE": _QUOTED,
    "ASSOC-LANGUAGE": _QUOTED,
    "NAME": _NEEDED_QUOTED,
    "STABLE-RENDITION-ID": _QUOTED,
    "DEFAULT": _YES_NO,
    "AUTOSELECT": _YES_NO,
    "FORCED": _YES_NO,
    "INSTREAM-ID": _QUOTED,
    "BIT-DEPTH": _INTEGER,
    "SAMPLE-RATE": _INTEGER,
    "CHARACTERISTICS": _QUOTED,
    "CHANNELS": _QUOTED,
}
_SERVER_CONTROL = {
    "CAN-SKIP-UNTIL": _FLOAT,
    "CAN-SKIP-DATERANGES": _YES,
    "HOLD-BACK": _FLOAT,
    "PART-HOLD-BACK": _FLOAT,
    "CAN-BLOCK-RELOAD": _YES,
}
_DATERANGE = {
    "ID": _NEEDED_QUOTED,
    "CLASS": _QUOTED,
    "START-DATE": _QUOTED,
    "CUE": _QUOTED,
    "END-DATE": _QUOTED,
    "DURATION": _FLOAT,
    "PLANNED-DURATION": _FLOAT,
    "SCTE35-CMD": _HEX,
    "SCTE35-OUT": _HEX,
    "SCTE35-IN": _HEX,
    "END-ON-NEXT": _YES,
}
_PART = {
    "URI": _NEEDED_QUOTED,
    "DURATION": _NEEDED_FLOAT,
    "INDEPENDENT": _YES,
    "BYTERANGE": _QUOTED,
    "GAP": _YES,
}
_HINT = {
    "TYPE": AttributeSpec(type="enum", required=True, values=("PART", "MAP")),
    "URI": _NEEDED_QUOTED,
    "BYTERANGE-START": _INTEGER,
    "BYTERANGE-LENGTH": _INTEGER,
}
_SESSION_DATA = {
    "DATA-ID": _NEEDED_QUOTED,
    "VALUE": _QUOTED,
    "URI": _QUOTED,
    "FORMAT": AttributeSpec(type="enum", values=("JSON", "RAW")),
    "LANGUAGE": _QUOTED,
}
_REPORT = {"URI": _QUOTED, "LAST-MSN": _INTEGER, "LAST-PART": _INTEGER}
_SKIP = {
    "SKIPPED-SEGMENTS": AttributeSpec(type="integer", required=True),
    "RECENTLY-REMOVED-DATERANGES": _QUOTED,
}


def _media(section: str, value: ValueKind = "none", attributes: Attributes = None) -> TagSpec:
    """Make the spec of a media playlist tag: it applies to the whole playlist and stands in it once."""
    return TagSpec(section=section, scope="media", value=value, once=True, attributes=attributes or {})


def _segment(section: str, value: ValueKind = "none", attributes: Attributes = None) -> TagSpec:
    """Make the spec of a tag that belongs to a segment, or to a place among the segments."""
    return TagSpec(section=section, scope="segment", value=value, attributes=attributes or {})


def _main(section: str, attributes: dict[str, AttributeSpec]) -> TagSpec:
    """Make the spec of a main (multivariant) playlist tag."""
    return TagSpec(section=section, scope="main", value="attributes", attributes=attributes)


TAGS: dict[str, TagSpec] = {
    "EXTM3U": TagSpec(section="4.4.1.1", scope="any"),
    "EXT-X-VERSION": TagSpec(section="4.4.1.2", scope="any", value="integer"),
    "EXT-X-INDEPENDENT-SEGMENTS": TagSpec(section="4.4.2.1", scope="any", once=True),
    "EXT-X-START": TagSpec(
        section="4.4.2.2",
        scope="any",
        value="attributes",
        once=True,
        attributes={"TIME-OFFSET": AttributeSpec(type="signed", required=True), "PRECISE": _YES_NO},
    ),
    "EXT-X-DEFINE": TagSpec(
        section="4.4.2.3",
        scope="any",
        value="attributes",
        attributes={"NAME": _QUOTED, "VALUE": _QUOTED, "IMPORT": _QUOTED, "QUERYPARAM": _QUOTED},
    ),
    "EXT-X-TARGETDURATION": _media("4.4.3.1", "integer"),
    "EXT-X-MEDIA-SEQUENCE": _media("4.4.3.2", "integer"),
    "EXT-X-DISCONTINUITY-SEQUENCE": _media("4.4.3.3", "integer"),
    "EXT-X-ENDLIST": _media("4.4.3.4"),
    "EXT-X-PLAYLIST-TYPE": _media("4.4.3.5", "text"),
    "EXT-X-I-FRAMES-ONLY": _media("4.4.3.6"),
    "EXT-X-PART-INF": _media("4.4.3.7", "attributes", {"PART-TARGET": _NEEDED_FLOAT}),
    "EXT-X-SERVER-CONTROL": _media("4.4.3.8", "attributes", _SERVER_CONTROL),
    "EXTINF": _segment("4.4.4.1", "text"),
    "EXT-X-BYTERANGE": _segment("4.4.4.2", "text"),
    "EXT-X-DISCONTINUITY": _segment("4.4.4.3"),
    "EXT-X-KEY": _segment("4.4.4.4", "attributes", _KEY),
    "EXT-X-MAP": _segment("4.4.4.5", "attributes", {"URI": _NEEDED_QUOTED, "BYTERANGE": _QUOTED}),
    "EXT-X-PROGRAM-DATE-TIME": _segment("4.4.4.6", "text"),
    "EXT-X-GAP": _segment("4.4.4.7"),
    "EXT-X-BITRATE": _segment("4.4.4.8", "integer"),
    "EXT-X-PART": _segment("4.4.4.9", "attributes", _PART),
    "EXT-X-DATERANGE": _segment("4.4.5.1", "attributes", _DATERANGE),
    "EXT-X-SKIP": _segment("4.4.5.2", "attributes", _SKIP),
    "EXT-X-PRELOAD-HINT": _segment("4.4.5.3", "attributes", _HINT),
    "EXT-X-RENDITION-REPORT": _segment("4.4.5.4", "attributes", _REPORT),
    "EXT-X-MEDIA": _main("4.4.6.1", _MEDIA),
    "EXT-X-STREAM-INF": _main(
        "4.4.6.2",
        {
            **_STREAM,
            "FRAME-RATE": _FLOAT,
            "AUDIO": _QUOTED,
            "SUBTITLES": _QUOTED,
            "CLOSED-CAPTIONS": AttributeSpec(type="group"),
        },
    ),
    "EXT-X-I-FRAME-STREAM-INF": _main("4.4.6.3", {**_STREAM, "URI": _NEEDED_QUOTED}),
    "EXT-X-SESSION-DATA": _main("4.4.6.4", _SESSION_DATA),
    "EXT-X-SESSION-KEY": _main("4.4.6.5", _KEY),
    "EXT-X-CONTENT-STEERING": _main("4.4.6.6", {"SERVER-URI": _NEEDED_QUOTED, "PATHWAY-ID": _QUOTED}),
}
