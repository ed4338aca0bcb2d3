"""A browser's side of a view, played by the test: what the view says is kept, and it is asked things."""

from __future__ import annotations

from typing import Any, NamedTuple

import comm
import pytest
from comm.base_comm import BaseComm

from codek7.lab.views.view import View


class Said(NamedTuple):
    """A message to the browser: what `View.send` was given."""

    content: dict[str, Any]
    buffers: list[bytes]


class FrontEnd:
    """Asks a view, as the module in the browser does."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self._asked = 0

    def ask(self, view: View, name: str, **what: object) -> Said:
        """A question and its answer."""
        self._asked += 1
        content = {"id": f"test-{self._asked}", "ask": name, **what}
        view._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})
        answer = self.said[-1]
        assert answer.content["id"] == content["id"]
        return answer

    def tell(self, view: View, **state: object) -> None:
        """New values of the state."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        view._handle_msg({"content": {"data": data}, "buffers": []})


@pytest.fixture
def front_end(monkeypatch: pytest.MonkeyPatch) -> FrontEnd:
    """Views made in the test speak to this one."""
    front_end = FrontEnd()

    class Kept(BaseComm):
        def publish_msg(
            self,
            msg_type: str,
            data: Any = None,
            metadata: Any = None,
            buffers: Any = None,
            **keys: Any,
        ) -> None:
            if data and data.get("method") == "custom":
                front_end.said.append(Said(data["content"], [bytes(part) for part in buffers or ()]))

    monkeypatch.setattr(comm, "create_comm", Kept)
    return front_end
