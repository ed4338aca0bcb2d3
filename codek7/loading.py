"""Finding plugins and registering them. What is wrong with one is kept beside its name and stops no other."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from importlib import import_module, metadata
from importlib.abc import SourceLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import FunctionType, ModuleType

import msgspec
import pluggy

from codek7 import __version__
from codek7.core import hookspecs
from codek7.core.errors import PluginFailed
from codek7.core.hook_calls import FAULTS, said
from codek7.outside import GROUP, HOME_FILE

SPECS = frozenset(name for name in vars(hookspecs) if name.startswith("codek7_"))


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin that was found. `origin` is "built-in", its distribution or its file; `hooks` are those it
    answers, or would: with an `error`, none of them is asked."""

    name: str
    version: str = ""
    origin: str
    hooks: tuple[str, ...] = ()
    error: str = ""


class _Manager(pluggy.PluginManager):
    """pluggy looks at every name of a plugin without calling anything, which takes it longer than loading all
    built-ins; what cannot carry a mark is passed over here."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        if name.startswith("__"):
            return None
        if isinstance(plugin, ModuleType) and not isinstance(vars(plugin).get(name), FunctionType):
            return None
        return super().parse_hookimpl_opts(plugin, name)


def new_manager() -> pluggy.PluginManager:
    """A manager that knows every hook and no plugin."""
    pm = _Manager(hookspecs.PROJECT)
    pm.add_hookspecs(hookspecs)
    return pm


def load_builtins(pm: pluggy.PluginManager, names: Sequence[str]) -> Iterator[Loaded]:
    """The modules of `codek7.plugins`."""
    for name in names:
        found = Loaded(name=name, version=__version__, origin="built-in")
        yield load(pm, found, partial(_builtin, name))


def _builtin(name: str) -> object:
    """The module itself, or the class it calls `Plugin`, where it keeps something of its hub's (settings)."""
    module = import_module(f"codek7.plugins.{name}")
    return getattr(module, "Plugin", module)


def load_installed(pm: pluggy.PluginManager) -> Iterator[Loaded]:
    """Entry points of the group, by name, so that their order is the same everywhere."""
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda entry: (entry.name, entry.value)):
        version, origin = (entry.dist.version, entry.dist.name) if entry.dist else ("", entry.value)
        yield load(pm, Loaded(name=entry.name, version=version, origin=origin), entry.load)


def load_home_file(pm: pluggy.PluginManager, home: Path, *, named: bool) -> Iterator[Loaded]:
    """`HOME/codek7_plugins.py`, where there is one. It is code: it runs only where the home was `named` on
    purpose, not just found in the current folder, and where nobody but the user could have written it.

    Its version is the beginning of its hash, so that work it had a part in is not taken for other work.
    """
    path = home.absolute() / HOME_FILE
    if not path.exists():
        return
    found = Loaded(name=path.stem, origin=str(path))
    try:
        code = _read_own(path, named)
    except (PluginFailed, OSError) as error:
        yield msgspec.structs.replace(found, error=said(error))
        return
    found = msgspec.structs.replace(found, version=sha256(code).hexdigest()[:12])
    yield load(pm, found, partial(_run_own, path, code))


def load(pm: pluggy.PluginManager, found: Loaded, importing: Callable[[], object]) -> Loaded:
    """Import a plugin and register it under its name; what is wrong with it becomes its `error`.

    A plugin is a module, or a class (the one named `Plugin`, where a module has one): then an instance of it,
    so that what it remembers is this hub's.
    """
    plugin: object = None
    try:
        plugin = importing()
        if isinstance(plugin, ModuleType):
            plugin = getattr(plugin, "Plugin", plugin)
        if isinstance(plugin, type):
            plugin = plugin()
        found = msgspec.structs.replace(found, hooks=_marked(pm, plugin))
        _refuse_misfits(pm, plugin)
        pm.register(plugin, found.name)
    except FAULTS as error:
        if plugin is not None and pm.is_registered(plugin) and pm.get_name(plugin) == found.name:
            pm.unregister(plugin)
        return msgspec.structs.replace(found, error=said(error))
    return found


def _marked(pm: pluggy.PluginManager, plugin: object) -> tuple[str, ...]:
    """The hooks that a plugin means to answer."""
    options = ((name, pm.parse_hookimpl_opts(plugin, name)) for name in dir(plugin))
    return tuple(chosen["specname"] or name for name, chosen in options if chosen)


def _refuse_misfits(pm: pluggy.PluginManager, plugin: object) -> None:
    """Raises `PluginFailed` for what pluggy would take without ever calling it as its author meant."""
    for name in dir(plugin):
        options = pm.parse_hookimpl_opts(plugin, name)
        if options is None:
            if name in SPECS and callable(getattr(plugin, name)):
                raise PluginFailed(f"{name} is not marked with @hookimpl")
            continue
        hook = options["specname"] or name
        if hook not in SPECS:
            if not options["optionalhook"]:
                raise PluginFailed(f"{hook} is no hook of codek7 {__version__}{_perhaps(hook)}")
        elif options["hookwrapper"] or (options["wrapper"] and not _provides(pm, hook)):
            raise PluginFailed(f"{hook}: only hooks that provide can be wrapped, with wrapper=True")


def _provides(pm: pluggy.PluginManager, hook: str) -> bool:
    caller: pluggy.HookCaller = getattr(pm.hook, hook)
    return caller.spec is not None and caller.spec.opts["firstresult"]


def _perhaps(name: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, SPECS, n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _read_own(path: Path, named: bool) -> bytes:
    """The home's own plugin. Raises `PluginFailed` saying why it is not run."""
    if not named:
        raise PluginFailed("not loaded", hint="name its home (--home or CODEK7_HOME) to run the code in it")
    if path.is_symlink():
        raise PluginFailed("not loaded", hint=f"{path} is a link; put the file itself there")
    _refuse_shared(path.parent, path.parent.stat())
    with os.fdopen(_open_regular(path), "rb") as file:
        _refuse_shared(path, os.fstat(file.fileno()))
        return file.read()


def _run_own(path: Path, code: bytes) -> ModuleType:
    """A module made from the file, under a name of its own: two homes may be open at once."""
    name = f"{path.stem}_{sha256(os.fsencode(path)).hexdigest()[:8]}"
    source = _Source(path, code)
    spec = spec_from_loader(name, source, origin=str(path))
    if spec is None:
        raise PluginFailed(f"{path} cannot be imported")
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and msgspec look their annotations up there
    source.exec_module(module)
    return module


def _open_regular(path: Path) -> int:
    """The file itself: not one that a link names, and nothing that would wait for a writer."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(opened).st_mode):
        os.close(opened)
        raise PluginFailed("not loaded", hint=f"{path} is no regular file")
    return opened


def _refuse_shared(path: Path, facts: os.stat_result) -> None:
    if facts.st_uid != os.geteuid():
        raise PluginFailed("not loaded", hint=f"{path} belongs to another user")
    if facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PluginFailed("not loaded", hint=f"others may write {path}; chmod go-w it to run the code")


class _Source(SourceLoader):
    """Imports the very bytes whose owner was looked at, without a bytecode cache beside them."""

    def __init__(self, path: Path, code: bytes) -> None:
        self.path = path
        self.code = code

    def get_filename(self, fullname: str) -> str:
        return str(self.path)

    def get_data(self, path: str | bytes | int | os.PathLike[str]) -> bytes:
        return self.code
