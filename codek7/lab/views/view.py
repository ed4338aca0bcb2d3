"""What every view shares: its module, the values it draws, what its browser asks, and a picture of it for
wherever no kernel answers."""

from __future__ import annotations

import base64
import logging
from typing import Any, ClassVar, NamedTuple

import anywidget
import traitlets

from codek7.core.errors import Codek7Error
from codek7.core.values import from_plain, to_plain
from codek7.lab.views.bundle import module

_log = logging.getLogger(__name__)


class Still(NamedTuple):
    """A view without a browser's half: one picture (SVG, JPEG or PNG), and the same in words."""

    mime: str
    body: bytes
    words: str


class Answer(NamedTuple):
    """What is said to a question: a value, and bytes beside it that need no encoding."""

    value: object = None
    buffers: tuple[bytes, ...] = ()


class View(anywidget.AnyWidget):
    """A class in Python and, of the same name, an ES module in the browser.

    The browser draws `_scene`. What it has to ask, it asks as `{"id": …, "ask": NAME, …}`; the answer is
    `{"id": …, "value": …}` with buffers, or `{"id": …, "failed": MESSAGE}`. `asks` says which questions there
    are: a struct, or a union of structs that are tagged by `ask`.

    Jupyter may answer on a thread of its own while a cell runs; questions of all views come one by one.
    """

    module: ClassVar[str]
    asks: ClassVar[Any] = None

    _esm = traitlets.Unicode().tag(sync=True)
    _scene = traitlets.Dict().tag(sync=True)

    def __init__(self, scene: object, **traits: object) -> None:
        super().__init__(_esm=module(self.module), _scene=to_plain(scene), **traits)
        if self.asks is not None:
            self.on_msg(self._asked)

    def answer(self, ask: Any) -> Answer:
        """Answer one of `asks`. What is raised is shown by the view."""
        raise NotImplementedError

    def still(self) -> Still:
        """The picture that stands in for the view."""
        raise NotImplementedError

    def _asked(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, dict):
            return
        number = content.get("id")
        try:
            value, buffers = self.answer(from_plain(content, self.asks))
        except Codek7Error as error:
            self.send({"id": number, "failed": str(error)})
        except Exception as error:  # it belongs to whoever gave the view what it asks
            _log.exception("a view's question failed")
            self.send({"id": number, "failed": f"{type(error).__name__}: {error}"})
        else:
            self.send({"id": number, "value": to_plain(value)}, list(buffers))

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        shown = super()._repr_mimebundle_(**kwargs)
        if shown is None:
            return None
        still = self.still()
        text = still.mime == "image/svg+xml"
        body = still.body.decode() if text else base64.b64encode(still.body).decode()
        alternative = {still.mime: {"alt": still.words.partition("\n")[0]}}
        return shown[0] | {still.mime: body, "text/plain": still.words}, shown[1] | alternative
