"""What people may change of an asset, and what fits."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from codek7.core.assets import Asset, Visibility, clean_title, one_line
from codek7.core.errors import UsageError
from codek7.core.values import content_hash, to_json

MAX_DESCRIPTION = 20_000
MAX_TAGS = 50
MAX_TAG = 60
MAX_CUSTOM_BYTES = 16_384

# RFC 5646 in its usual form: a language, then subtags.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,6}")


class Edit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """New values of an asset's fields; None leaves one as it is. `custom` is replaced as a whole."""

    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    category: str | None = None
    language: str | None = None
    custom: dict[str, Any] | None = None
    visibility: Visibility | None = None

    def changes(self) -> dict[str, Any]:
        """What is not None, by field."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}


def clean_edit(edit: Edit) -> Edit:
    """The edit, its texts fit to be shown anywhere. Raises `UsageError` naming what does not fit."""
    clean = edit.changes()
    if edit.title is not None:
        clean["title"] = clean_title(edit.title)
        _require(bool(clean["title"]), "a title needs a character that can be seen")
    if edit.description is not None:
        clean["description"] = clean_text(edit.description)
        fits = len(clean["description"]) <= MAX_DESCRIPTION
        _require(fits, f"a description has at most {MAX_DESCRIPTION} characters")
    if edit.tags is not None:
        clean["tags"] = clean_tags(edit.tags)
    if edit.category is not None:
        clean["category"] = one_line(edit.category)
        _require(len(clean["category"]) <= MAX_TAG, f"a category has at most {MAX_TAG} characters")
    if edit.language:
        _require(bool(_LANGUAGE.fullmatch(edit.language)), "a language is a BCP 47 tag, such as en or pt-BR")
    if edit.custom is not None:
        fits = len(to_json(edit.custom)) <= MAX_CUSTOM_BYTES
        _require(fits, f"custom metadata has at most {MAX_CUSTOM_BYTES} bytes as JSON")
    return Edit(**clean)


def clean_text(text: str) -> str:
    """A text of several lines, each fit to be shown anywhere, with at most one empty one in a row."""
    lines = (one_line(line) for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def clean_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Each tag once, whatever its case. Raises `UsageError` for too many or too long ones."""
    kept = {tag.casefold(): tag for tag in map(one_line, reversed(tags)) if tag}
    _require(len(kept) <= MAX_TAGS, f"an asset has at most {MAX_TAGS} tags")
    _require(all(len(tag) <= MAX_TAG for tag in kept.values()), f"a tag has at most {MAX_TAG} characters")
    return tuple(reversed(kept.values()))


def edit_tag(asset: Asset) -> str:
    """Equal as long as nobody edits the asset: 32 hexadecimal digits."""
    fields = [getattr(asset, name) for name in Edit.__struct_fields__]
    return content_hash(fields)[:32]


def _require(fits: bool, otherwise: str) -> None:
    if not fits:
        raise UsageError(otherwise)
