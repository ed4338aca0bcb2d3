"""Calling hooks plugin by plugin, so that whoever raises is known by name and stops nobody it should not.

pluggy keeps the plugins, their order and their arguments. It is not left to call them, because it stops at
the first that raises and does not say which that was.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

import pluggy

from codek7.core.errors import Codek7Error, Interrupted, PluginFailed

T = TypeVar("T")
log = logging.getLogger("codek7")

FAULTS = (Exception, SystemExit)
"""What a plugin may raise without stopping others. An interrupt from the keyboard is nobody's fault."""


class Raised(NamedTuple):
    """A plugin that raised, where, and what it said."""

    plugin: str
    hook: str
    message: str


class Collected(NamedTuple, Generic[T]):
    """Every plugin's answer, in the plugins' order, and those that raised instead."""

    answers: tuple[T, ...]
    raised: tuple[Raised, ...]


class Call(NamedTuple):
    """One plugin asked once. `answered` is whether it had an answer; `error` is empty unless it raised."""

    hook: str
    plugin: str
    answered: bool
    took_us: int
    error: str


Trace = list[Call]


def said(error: BaseException) -> str:
    """An exception as one line of bounded length: our own by their words, others by their kind too."""
    text = " ".join(str(error).split())
    if isinstance(error, Codek7Error):
        return text[:500]
    return f"{type(error).__name__}: {text}"[:500] if text else type(error).__name__


def failed(plugin: str, hook: str, why: str) -> PluginFailed:
    """The error for a plugin whose answer was needed."""
    hint = f"`codek7 plugins` shows what is loaded; mend or uninstall {plugin}"
    return PluginFailed(f"plugin {plugin} failed in {hook}: {why}", hint=hint)


class HookCalls:
    """Asks the plugins of a pluggy manager. With `trace`, every call is appended to it."""

    def __init__(self, pm: pluggy.PluginManager, trace: Trace | None = None) -> None:
        self._pm = pm
        self.trace = trace

    def first(self, hook: str, kind: type, **arguments: object) -> tuple[str, Any] | None:
        """The first answer that is not None, newest plugin first, after the name of who gave it.

        A `Codek7Error` passes as it is; anything else, an answer of another kind too, is `PluginFailed`.
        """
        return self._ask(hook, kind, self._implementations(hook)[::-1], arguments)

    def each(self, hook: str, read: Callable[[Any], T], **arguments: object) -> Collected[T]:
        """Every answer that is not None, passed through `read` (which may raise as if the plugin had)."""
        answers, raised = self._collect(hook, read, arguments)
        return Collected(tuple(answer for _, answer in answers), raised)

    def by_plugin(self, hook: str, read: Callable[[Any], T], **arguments: object) -> dict[str, T]:
        """As `each`, by the name of the plugin; those that raise are left out."""
        return dict(self._collect(hook, read, arguments)[0])

    def _collect(
        self, hook: str, read: Callable[[Any], T], arguments: Mapping[str, object]
    ) -> tuple[list[tuple[str, T]], tuple[Raised, ...]]:
        answers: list[tuple[str, T]] = []
        raised: list[Raised] = []
        for implementation in sorted(self._implementations(hook), key=_place):
            plugin = implementation.plugin_name
            answer, fault = self._attempt(hook, plugin, partial(_answer, implementation, arguments, read))
            if answer is not None:
                answers.append((plugin, answer))
            if fault is not None:
                raised.append(Raised(plugin, hook, said(fault)))
                if not isinstance(fault, Interrupted):  # it was asked to stop
                    traceback = fault if log.isEnabledFor(logging.DEBUG) else None
                    log.warning("plugin %s raised in %s: %s", plugin, hook, said(fault), exc_info=traceback)
        return answers, tuple(raised)

    def _implementations(self, hook: str) -> Sequence[pluggy.HookImpl]:
        caller: pluggy.HookCaller = getattr(self._pm.hook, hook)
        return caller.get_hookimpls()

    def _ask(
        self, hook: str, kind: type, newest_first: Sequence[pluggy.HookImpl], arguments: Mapping[str, object]
    ) -> tuple[str, Any] | None:
        for at, implementation in enumerate(newest_first):
            plugin = implementation.plugin_name
            if implementation.wrapper:
                ask = partial(self._ask, hook, kind, newest_first[at + 1 :], arguments)
                work = partial(_around, implementation, arguments, ask)
            else:
                work = partial(_only, implementation, arguments)
            found, fault = self._attempt(hook, plugin, partial(_checked, work, kind))
            if fault is not None:
                raise _named(fault, plugin, hook) from fault
            if found is not None or implementation.wrapper:
                return found
        return None

    def _attempt(
        self, hook: str, plugin: str, work: Callable[[], T | None]
    ) -> tuple[T | None, BaseException | None]:
        began = time.perf_counter_ns()
        answer: T | None = None
        fault: BaseException | None = None
        try:
            answer = work()
        except FAULTS as error:
            fault = error
        self._note(hook, plugin, answer is not None, began, fault)
        return answer, fault

    def _note(self, hook: str, plugin: str, answered: bool, began: int, fault: BaseException | None) -> None:
        if self.trace is not None:
            took_us = (time.perf_counter_ns() - began) // 1000
            self.trace.append(Call(hook, plugin, answered, took_us, said(fault) if fault else ""))


def _place(implementation: pluggy.HookImpl) -> int:
    """Order of collecting: as registered, but `tryfirst` before and `trylast` after the others."""
    return implementation.trylast - implementation.tryfirst


def _call(implementation: pluggy.HookImpl, arguments: Mapping[str, object]) -> Any:
    """Hands over only the arguments that the implementation takes."""
    named = {name: arguments[name] for name in implementation.kwargnames if name in arguments}
    return implementation.function(*(arguments[name] for name in implementation.argnames), **named)


def _answer(
    implementation: pluggy.HookImpl, arguments: Mapping[str, object], read: Callable[[Any], T]
) -> T | None:
    answer = _call(implementation, arguments)
    return None if answer is None else read(answer)


def _only(implementation: pluggy.HookImpl, arguments: Mapping[str, object]) -> tuple[str, Any] | None:
    answer = _call(implementation, arguments)
    return None if answer is None else (implementation.plugin_name, answer)


def _around(
    implementation: pluggy.HookImpl,
    arguments: Mapping[str, object],
    ask: Callable[[], tuple[str, Any] | None],
) -> tuple[str, Any] | None:
    """A wrapper: yields once, is sent the answer of all others (or thrown their error), returns its own."""
    wrapper: Generator[None, Any, Any] = _call(implementation, arguments)
    next(wrapper)
    found: tuple[str, Any] | None = None
    try:
        try:
            found = ask()
        except Exception as error:
            wrapper.throw(error)
        else:
            wrapper.send(found and found[1])
    except StopIteration as ended:
        same = found is not None and ended.value is found[1]
        return found if same or ended.value is None else (implementation.plugin_name, ended.value)
    wrapper.close()
    raise RuntimeError("a wrapper yields once")


def _checked(work: Callable[[], tuple[str, Any] | None], kind: type) -> tuple[str, Any] | None:
    found = work()
    if found is not None and not isinstance(found[1], kind):
        raise TypeError(f"answered with {type(found[1]).__name__}, not {kind.__name__}")
    return found


def _named(error: BaseException, plugin: str, hook: str) -> Codek7Error:
    return error if isinstance(error, Codek7Error) else failed(plugin, hook, said(error))
