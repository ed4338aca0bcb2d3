"""Progress in place: one line in a notebook that goes when the work is done, nothing where nobody looks."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeVar

from codek7.core.events import WorkProgressed

T = TypeVar("T")


class Line:
    """A bar and a line of words."""

    def __init__(self, doing: str) -> None:
        self._shown = _widget(doing)

    def say(self, words: str, part: float | None = None) -> None:
        """What is happening, and how much of all is done (0 to 1)."""
        if self._shown is not None:
            self._shown.description = words
            if part is not None:
                self._shown.value = part

    def close(self) -> None:
        """Take it away."""
        if self._shown is not None:
            self._shown.close()


def _widget(doing: str) -> Any:
    """A progress bar in the notebook that runs this; None where none does."""
    try:
        from IPython import get_ipython
        from IPython.display import display
        from ipywidgets import FloatProgress, Layout
    except ModuleNotFoundError:
        return None
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel"):
        return None
    bar = FloatProgress(min=0, max=1, description=doing, layout=Layout(width="100%"))
    bar.style.description_width = "initial"
    display(bar)  # type: ignore[no-untyped-call]
    return bar


@contextmanager
def following(updates: Generator[T, None, None], doing: str) -> Iterator[Iterator[T]]:
    """The updates, with a bar beside them as long as the block lasts; an interrupt ends what makes them."""
    line = Line(doing)
    parts: dict[str, float] = {}

    def shown() -> Iterator[T]:
        for update in updates:
            if isinstance(update, WorkProgressed):
                parts[update.rendition] = update.done_us / max(1, update.total_us)
                line.say(doing, sum(parts.values()) / len(parts))
            yield update

    with closing(updates):
        try:
            yield shown()
        finally:
            line.close()
