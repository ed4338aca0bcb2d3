"""Ladders and policies as files: TOML for people, JSON for programs. Any file may hold either."""

from __future__ import annotations

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from codek7.core.errors import LadderInvalid, SettingsInvalid, UsageError
from codek7.core.ladder import AudioRung, Ladder, Policy, Rung, Tuning
from codek7.core.values import from_plain, to_json, to_plain

T = TypeVar("T")

MAX_BYTES = 1_000_000
"""More than any ladder or policy needs."""

_PARTS: dict[Any, tuple[Any, ...]] = {Ladder: (Ladder, Rung, AudioRung), Policy: (Policy, AudioRung, Tuning)}
_UNKNOWN = re.compile(r"unknown field `(?P<name>[^`]*)`")


def read_ladder(path: Path) -> Ladder:
    """Raises `LadderInvalid`, naming the file and the field."""
    return _read(path, Ladder, LadderInvalid)


def read_policy(path: Path) -> Policy:
    """Raises `SettingsInvalid`, naming the file and the field."""
    return _read(path, Policy, SettingsInvalid)


def write_ladder(ladder: Ladder, path: Path) -> None:
    """JSON where the name ends in `.json`, else TOML. Read back, it is the same ladder with the same hash.

    Raises `UsageError` where nothing can be written.
    """
    as_json = msgspec.json.format(to_json(ladder), indent=2) + b"\n"
    try:
        path.write_bytes(as_json if path.suffix == ".json" else to_toml(ladder).encode())
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error


def to_toml(ladder: Ladder) -> str:
    """A ladder as TOML. What is not set is left out: TOML has no word for None, and empty options only add
    lines."""
    import tomli_w

    plain = to_plain(ladder)
    plain["rungs"] = [_set(rung) for rung in plain["rungs"]]
    return tomli_w.dumps(plain)


def _set(plain: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in plain.items() if value not in (None, {})}


def _read(path: Path, kind: type[T], invalid: type[UsageError]) -> T:
    try:
        return from_plain(_parse(path), kind)
    except OSError as error:
        raise invalid(f"{path} cannot be read: {error.strerror or error}") from error
    except msgspec.ValidationError as error:
        raise invalid(f"{path}: {_at_field(str(error))}", hint=_perhaps(str(error), kind)) from error
    except msgspec.DecodeError as error:
        raise invalid(f"{path}: broken JSON: {error}") from error
    except ValueError as error:  # neither UTF-8 nor TOML
        raise invalid(f"{path}: {error}") from error


def _parse(path: Path) -> object:
    with path.open("rb") as file:
        body = file.read(MAX_BYTES + 1)
    if len(body) > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES} bytes")
    text = body.decode("utf-8-sig")
    return msgspec.json.decode(text) if text.lstrip().startswith("{") else tomllib.loads(text)


def _at_field(said: str) -> str:
    """msgspec's "what - at `$.rungs[0].crf`" as "rungs[0].crf: what"."""
    what, _, where = said.partition(" - at `$")
    return f"{where.strip('.`')}: {what}" if where else what


def _perhaps(said: str, kind: type[Any]) -> str:
    found = _UNKNOWN.search(said)
    names = [name for part in _PARTS[kind] for name in part.__struct_fields__]
    near = get_close_matches(found["name"], names, n=1) if found else []
    return f"did you mean {near[0]}?" if near else ""
