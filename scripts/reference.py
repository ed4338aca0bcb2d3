"""The reference pages: each function reads one part of the code and returns Markdown."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    import click

KINDS = {
    "provide": "Asked newest plugin first; the first answer that is not `None` wins.",
    "collect": "Every plugin's answer counts.",
    "listen": "Told of something. Whoever raises is named, and stops nobody.",
    "register": "Called once, at start.",
}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines)


def fields(cls: type) -> list[tuple[str, str, str, str]]:
    """A struct's own fields as written: name, type, default, and the docstring that follows it."""
    source = inspect.getsource(cls)
    found: list[tuple[str, str, str, str]] = []
    for statement in (
        inner for node in ast.parse(source).body if isinstance(node, ast.ClassDef) for inner in node.body
    ):
        if isinstance(statement, ast.AnnAssign):
            default = statement.value and ast.get_source_segment(source, statement.value)
            found.append(
                (ast.unparse(statement.target), ast.unparse(statement.annotation), default or "", "")
            )
        elif found and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            found[-1] = (*found[-1][:3], " ".join(str(statement.value.value).split()))
    return found


def commands() -> str:
    """The built-in verbs, as click knows them: independent of terminal width and installed plugins."""
    import click

    from codek7.cli.main import VERBS, cli

    root = click.Context(cli, info_name="codek7")
    parts = ["# Commands", cli.help or "", verbatim(cli.epilog)]
    for verb in VERBS:
        if command := cli.get_command(root, verb):
            parts += described(command, click.Context(command, info_name=verb, parent=root))
    return "\n\n".join(part for part in parts if part)


def described(command: click.Command, context: click.Context) -> list[str]:
    import click

    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    records = (param.get_help_record(context) for param in command.params if isinstance(param, click.Option))
    options = [(f"`{names}`", text) for names, text in filter(None, records)]
    parts = [f"## `{context.command_path}`", inspect.cleandoc(command.help or ""), f"```text\n{usage}\n```"]
    parts += [table(("option", "meaning"), options)] if options else []
    parts += [verbatim(command.epilog)]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if inner := command.get_command(context, name):
                parts += described(inner, click.Context(inner, info_name=name, parent=context))
    return parts


def verbatim(epilog: str | None) -> str:
    """What click is told to print as it stands (after a `\\b`), as a block of its own."""
    text = inspect.cleandoc(epilog or "").replace("\b\n", "")
    return f"```text\n{text}\n```" if text else ""


def errors() -> str:
    from codek7.core import errors as module
    from codek7.core.error_codes import EXIT_CODES, HTTP_STATUS

    def leaves(kind: type[module.Codek7Error]) -> Iterator[type[module.Codek7Error]]:
        for child in kind.__subclasses__():
            yield child
            yield from leaves(child)

    rows = []
    for kind in sorted(leaves(module.Codek7Error), key=lambda kind: kind.code):
        numbers = str(EXIT_CODES[kind.code]), str(HTTP_STATUS[kind.code])
        rows.append((f"`{kind.code}`", f"`{kind.__name__}`", first_line(kind), *numbers))
    head = ("code", "error", "when", "exit code", "HTTP status")
    return f"# Errors\n\n```text\n{inspect.getdoc(module)}\n```\n\n{table(head, rows)}"


def first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")


def events() -> str:
    from codek7.core import events as module

    shared = [name for name, *_ in fields(module.Event)]
    parts = [
        "# Events",
        f"{first_line(module)}",
        f"Every event has `event`, its name, and {', '.join(f'`{name}`' for name in shared)}.",
    ]
    for kind in module.AnyEvent.__args__:
        rows = [
            (f"`{name}`", f"`{what}`", default and f"`{default}`") for name, what, default, _ in fields(kind)
        ]
        parts += [f"## `{kind.__struct_config__.tag}`", inspect.getdoc(kind) or ""]
        parts += [table(("field", "type", "default"), rows)] if rows else []
    return "\n\n".join(parts)


def hooks() -> str:
    from codek7.core import hookspecs as module

    parts = ["# Hooks", "Mark an implementation with `codek7.core.hookspecs.hookimpl`."]
    found = hook_functions(module)
    for kind, meaning in KINDS.items():
        parts += [f"## {kind}", meaning]
        for node in found:
            said_kind, _, text = (ast.get_docstring(node) or "").partition(": ")
            if said_kind == kind:
                returns = ast.unparse(node.returns) if node.returns else "None"
                signature = f"{node.name}({ast.unparse(node.args)}) -> {returns}"
                parts += [f"### `{node.name}`", f"```python\n{signature}\n```", text[:1].upper() + text[1:]]
    return "\n\n".join(parts)


def hook_functions(module: ModuleType) -> list[ast.FunctionDef]:
    body = ast.parse(inspect.getsource(module)).body
    return [node for node in body if isinstance(node, ast.FunctionDef) and node.name.startswith("codek7_")]


def rules() -> str:
    from codek7.check import RULES

    levels = {
        "must": "A departure is a fault: `codek7 check` exits with 1, and an ingest publishes nothing.",
        "should": "A departure is advice.",
    }
    parts = [f"# Rules of the validator\n\n{len(RULES)} rules."]
    for level, meaning in levels.items():
        rows = ((f"`{rule.id}`", rule.text, rule.source) for rule in RULES if rule.level == level)
        parts += [f"## {level}", meaning, table(("rule", "text", "source"), rows)]
    return "\n\n".join(parts)


def settings() -> str:
    from codek7.core.settings import Settings

    parts = ["# Settings", first_line(Settings)]
    found: list[tuple[str, type[msgspec.Struct]]] = [("In `codek7.toml`", Settings), *tables(Settings)]
    for title, cls in found:
        rows = (
            (f"`{name}`", f"`{what}`", "a table, below" if value == f"{what}()" else f"`{value}`", doc)
            for name, what, value, doc in fields(cls)
        )
        parts += [f"## {title}", first_line(cls) if cls is not Settings else ""]
        parts += [table(("name", "type", "default", "meaning"), rows)]
    return "\n\n".join(part for part in parts if part)


def tables(cls: type[msgspec.Struct], above: str = "") -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Every table within a table of settings, with its heading."""
    for field in msgspec.structs.fields(cls):
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            name = f"{above}{field.name}"
            yield f"`[{name}]`", field.type
            yield from tables(field.type, f"{name}.")
