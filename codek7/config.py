"""Settings of a home: flags win over the environment, which wins over `HOME/codek7.toml`, then defaults."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin

import msgspec

from codek7.core.errors import SettingsInvalid
from codek7.core.settings import Settings
from codek7.core.values import from_plain, to_plain

FILE = "codek7.toml"
DEFAULT_HOME = "codek7-home"
PREFIX = "CODEK7_"
HIDDEN = "•••"

Field = tuple[str, ...]
"""A setting's name in parts: ("limits", "max_pixels")."""

PROGRAMS: tuple[Field, ...] = (("ffmpeg",),)
"""Settings that name a program to run."""


class Origin(NamedTuple):
    """A setting's value, plain and with secrets hidden, and where it is from: a flag, a variable, a line of a
    file, or "default"."""

    name: str
    value: Any
    where: str


class Given(NamedTuple):
    """A value that was set, and where."""

    field: Field
    value: object
    where: str


def find_home(flag: Path | None, environ: Mapping[str, str]) -> tuple[Path, bool]:
    """The home, and whether it was named on purpose: by a flag, or in `CODEK7_HOME`."""
    named = flag or environ.get(f"{PREFIX}HOME") or ""
    return Path(named or DEFAULT_HOME).expanduser().absolute(), bool(named)


def load_settings(
    home: Path, flags: Mapping[str, object], environ: Mapping[str, str], *, named: bool = True
) -> tuple[Settings, tuple[Origin, ...]]:
    """All settings, and for each where it came from. Raises `SettingsInvalid`, naming place and field.

    `flags` that are None were not given; nested ones are mappings, or have dotted names. The file of a home
    that was not `named` on purpose, just found in the current folder, may not name a program to run.
    """
    places: dict[Field, str] = {}
    plain: dict[str, Any] = {}
    for layer in (_from_file(home / FILE, named), _from_environment(environ), _from_flags(flags)):
        for given in layer:
            _put(plain, given.field, _checked(given))
            places[given.field] = given.where
    settings = from_plain(plain, Settings)
    return settings, tuple(_origins(settings, places))


def _put(plain: dict[str, Any], field: Field, value: object) -> None:
    for part in field[:-1]:
        plain = plain.setdefault(part, {})
    plain[field[-1]] = value


# What may be set


def _kind(field: Field, where: str) -> Any:
    """The type of a setting. Raises `SettingsInvalid` where there is none of this name."""
    kind: Any = Settings
    for depth, part in enumerate(field):
        inner = _members(kind)
        if part not in inner and "*" not in inner:
            near = get_close_matches(part, inner, n=1)
            raise SettingsInvalid(
                f"{where}: there is no setting {'.'.join(field[: depth + 1])}",
                hint=f"did you mean {near[0]}?" if near else "`codek7 config show` lists all",
            )
        kind = inner.get(part) or inner["*"]
    return kind


def _members(kind: Any) -> dict[str, Any]:
    """The settings inside a table and their types; "*" stands for any name."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return {field.name: field.type for field in msgspec.structs.fields(kind)}
    return {"*": get_args(kind)[1]} if get_origin(kind) is dict else {}


def _checked(given: Given) -> object:
    """The value as its setting's type has it, made plain again."""
    try:
        return to_plain(from_plain(given.value, _kind(given.field, given.where)))
    except (msgspec.ValidationError, NotImplementedError) as error:
        raise SettingsInvalid(f"{given.where}: {'.'.join(given.field)}: {error}") from error


def _leaves(value: object, where: str, field: Field = ()) -> Iterator[tuple[Field, object]]:
    """The single settings of a table, tables inside it included."""
    if isinstance(value, Mapping) and _members(_kind(field, where)):
        for name, inner in value.items():
            yield from _leaves(inner, where, (*field, str(name)))
    else:
        if field:
            _kind(field, where)
        yield field, value


# Where it is set


def _from_file(path: Path, named: bool) -> Iterator[Given]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        table = tomllib.loads(text)
    except FileNotFoundError:
        return
    except OSError as error:
        raise SettingsInvalid(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # neither UTF-8 nor TOML
        raise SettingsInvalid(f"{path}: {error}") from error
    lines = _lines(text)
    for field, value in _leaves(table, str(path)):
        line = next((lines[field[:end]] for end in range(len(field), 0, -1) if field[:end] in lines), 0)
        where = f"{path}, line {line}" if line else str(path)
        if field in PROGRAMS and value and not named:
            raise SettingsInvalid(
                f"{where}: {'.'.join(field)} names a program, in a home that was only found, not named",
                hint=f"to run it, name the home (--home or {PREFIX}HOME), or set {PREFIX}FFMPEG",
            )
        yield Given(field, value, where)


_HEADER = re.compile(r"\s*\[\s*([\w.\-\"' ]+?)\s*\]\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w.\-\"' ]+?)\s*=")


def _lines(text: str) -> dict[Field, int]:
    """The lines that plain keys are on; keys inside inline tables are on their table's."""
    table: Field = ()
    lines: dict[Field, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_parts(key[1])), number)
    return lines


def _parts(name: str) -> Field:
    return tuple(part.strip(" \"'") for part in name.split("."))


def _from_environment(environ: Mapping[str, str]) -> Iterator[Given]:
    """`CODEK7_LIMITS__MAX_PIXELS` is `limits.max_pixels`. A list is written with commas. Variables that
    resemble no setting are somebody else's."""
    known = _members(Settings)
    for variable in sorted(name for name in environ if name.startswith(PREFIX) and name != f"{PREFIX}HOME"):
        field = tuple(variable.removeprefix(PREFIX).lower().split("__"))
        if field[0] in known or get_close_matches(field[0], known, cutoff=0.8):
            yield Given(field, _said(environ[variable], _kind(field, variable)), variable)


def _said(text: str, kind: Any) -> object:
    """What a variable's text stands for."""
    if get_origin(kind) is tuple:
        return [part.strip() for part in text.split(",") if part.strip()]
    if kind is Any:
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _from_flags(flags: Mapping[str, object]) -> Iterator[Given]:
    for name, value in flags.items():
        if value is None:
            continue
        table = value
        for part in reversed(name.split(".")):
            table = {part: table}
        for field, leaf in _leaves(table, f"flag {name}"):
            yield Given(field, leaf, f"--{'.'.join(field).replace('_', '-')}")


# Where it came from

_SECRET = frozenset({"secret", "key", "password", "token", "credential", "credentials"})
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def _origins(settings: Settings, places: Mapping[Field, str]) -> Iterator[Origin]:
    for field, value in _all_leaves(to_plain(settings), Settings):
        yield Origin(".".join(field), _shown(field, value), places.get(field, "default"))


def _all_leaves(value: Any, kind: Any, field: Field = ()) -> Iterator[tuple[Field, Any]]:
    inner = _members(kind)
    if not inner or not value:
        yield field, value
        return
    for name, each in value.items():
        yield from _all_leaves(each, inner.get(name) or inner["*"], (*field, name))


def _shown(field: Field, value: Any) -> Any:
    secret = field[0] in ("store_options", "plugins") and _SECRET & set(re.split(r"[_\-]", field[-1].lower()))
    if secret and value:
        return HIDDEN
    if isinstance(value, dict):
        return {name: _shown((*field, name), each) for name, each in value.items()}
    if isinstance(value, list):
        return [_shown(field, each) for each in value]
    return _CREDENTIALS.sub(HIDDEN, value) if isinstance(value, str) else value
