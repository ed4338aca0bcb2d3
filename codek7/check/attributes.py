"""Attribute lists (RFC 8216bis section 4.2): reading them, and judging their syntax.

Reading is forgiving, so that one bad attribute does not hide the others; each departure becomes a
`Problem`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from codek7.check.playlist import Attribute, Problem, decimal, whole
from codek7.check.tags import AttributeSpec, AttributeType, TagSpec

SYNTAX = "rfc8216bis.4.2-attribute-syntax"
REPEATED = "rfc8216bis.4.2-attribute-repeated"
TYPE = "rfc8216bis.4.2-attribute-type"
VALUE = "rfc8216bis.4.2-attribute-value"
REQUIRED = "rfc8216bis.4.4-attribute-required"

_PAIR = re.compile(r'\s*([^=,"\s]+)\s*=\s*("[^"]*"|[^",]*)')
_STRICT_NAME = re.compile(r"[A-Z0-9-]+")
_SHAPES: dict[AttributeType, str] = {
    "integer": "a decimal-integer",
    "hex": "a hexadecimal-sequence (0x and digits 0-9, A-F)",
    "float": "a decimal-floating-point",
    "signed": "a signed-decimal-floating-point",
    "quoted": "a quoted-string",
    "enum": "an enumerated-string (no quotes)",
    "resolution": "a decimal-resolution",
    "group": "a quoted-string or NONE",
}


def read_attributes(text: str, line: int, problems: list[Problem]) -> dict[str, Attribute]:
    """Read `NAME=value,NAME="value"`, adding what breaks the syntax to `problems`."""
    found: dict[str, Attribute] = {}
    at = 0
    while at < len(text):
        match = _PAIR.match(text, at)
        if match is None:
            problems.append(_problem(SYNTAX, line, "NAME=value, parted by commas", text[at:]))
            at = _next_comma(text, at)
            continue
        name, raw = match[1], match[2]
        if not _STRICT_NAME.fullmatch(name) or match[0] != f"{name}={raw}" or not raw or raw != raw.strip():
            problems.append(_problem(SYNTAX, line, "NAME=value in [A-Z0-9-], without spaces", match[0]))
        if name in found:
            problems.append(_problem(REPEATED, line, f"{name} once", f"{name} again: {raw}"))
        else:
            quoted = raw.startswith('"')
            found[name] = Attribute(value=raw[1:-1] if quoted else raw.strip(), quoted=quoted)
        at = match.end()
        if at < len(text) and (text[at] != "," or at + 1 == len(text)):
            problems.append(_problem(SYNTAX, line, "one comma between attributes", text[at:]))
        at = _next_comma(text, at)
    return found


def judge_attributes(
    spec: TagSpec, name: str, attributes: dict[str, Attribute], line: int
) -> Iterator[Problem]:
    """Yield what is wrong with the types, values and presence of a tag's attributes."""
    if not any(attribute.required for attribute in spec.attributes.values()) and not attributes:
        yield _problem(SYNTAX, line, f"an attribute list after {name}", "none")
    for key, expected in spec.attributes.items():
        attribute = attributes.get(key)
        if attribute is None:
            if expected.required:
                yield _problem(REQUIRED, line, f"{name} with {key} (section {spec.section})", f"no {key}")
            continue
        if not _has_type(attribute, expected.type):
            shown = f'{key}="{attribute.value}"' if attribute.quoted else f"{key}={attribute.value}"
            yield _problem(TYPE, line, f"{key} is {_SHAPES[expected.type]}", shown)
        elif expected.values and attribute.value not in expected.values:
            yield _problem(VALUE, line, f"{key} is one of {_listed(expected)}", attribute.value)


def _has_type(attribute: Attribute, type_: AttributeType) -> bool:
    value = attribute.value
    if type_ == "quoted":
        return attribute.quoted
    if type_ == "group":
        return attribute.quoted or value == "NONE"
    if attribute.quoted:
        return False
    if type_ == "integer":
        return whole(value) is not None
    if type_ == "float":
        return decimal(value) is not None
    if type_ == "signed":
        return decimal(value.removeprefix("-")) is not None
    if type_ == "hex":
        return re.fullmatch(r"0[xX][0-9A-F]+", value) is not None
    if type_ == "resolution":
        return re.fullmatch(r"[0-9]{1,9}x[0-9]{1,9}", value) is not None
    return re.fullmatch(r'[^",\s]+', value) is not None


def _listed(spec: AttributeSpec) -> str:
    return ", ".join(spec.values)


def _next_comma(text: str, at: int) -> int:
    comma = text.find(",", at)
    return len(text) if comma < 0 else comma + 1


def _problem(rule: str, line: int, said: str, found: str) -> Problem:
    return Problem(rule=rule, line=line, said=said, found=found[:200])
