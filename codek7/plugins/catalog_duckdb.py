"""The built-in catalog: a DuckDB file in the home; where a server holds it open, its socket instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

from codek7.catalog.local import LocalCatalog
from codek7.catalog.lock import GivenUp
from codek7.catalog.remote import NobodyThere, RemoteCatalog
from codek7.catalog.wire import METHODS
from codek7.core.errors import CatalogBusy
from codek7.core.events import Told
from codek7.core.hookspecs import hookimpl
from codek7.core.ports import Catalog


class HomeCatalog:
    """See `Catalog`. Every call finds out anew who answers, this process or a server: servers come and go."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._remote = RemoteCatalog(home)
        self._local = LocalCatalog(home, elsewhere=self._remote.answers)

    @contextmanager
    def hold(self, told: Callable[[Sequence[Told]], None] | None = None) -> Iterator[None]:
        """See `Catalog.hold`."""
        with ExitStack() as stack:
            try:
                stack.enter_context(self._local.hold(told))
            except GivenUp as error:
                raise CatalogBusy(
                    f"a server has the catalog in {self._home}", hint="end it first, or use another home"
                ) from error
            yield

    def arrow(self, sql: str, *, limit: int = 10_000) -> bytes:
        """See `ArrowCatalog`. Raises `CatalogBusy` where a server has the catalog: it answers over HTTP."""
        try:
            return self._local.arrow(sql, limit=limit)
        except GivenUp as error:
            raise CatalogBusy(
                f"a server has the catalog in {self._home}", hint="ask the server itself, at /api/sql"
            ) from error

    def ask(self, method: str, /, *given: Any, **named: Any) -> Any:
        """The call's answer, from the server where there is one, also where it comes up or ends meanwhile."""
        here: Catalog = self._local
        if self._local.holding:
            return getattr(here, method)(*given, **named)
        while True:
            try:
                return self._remote.call(method, given, named)
            except NobodyThere:
                pass
            try:
                return getattr(here, method)(*given, **named)
            except GivenUp:
                pass


def _method(name: str) -> Callable[..., Any]:
    def method(catalog: HomeCatalog, /, *given: Any, **named: Any) -> Any:
        return catalog.ask(name, *given, **named)

    method.__name__, method.__doc__ = name, f"See `Catalog.{name}`."
    return method


for _name in METHODS:  # on the class: there `isinstance` looks whether all of a protocol is there
    setattr(HomeCatalog, _name, _method(_name))


@hookimpl
def codek7_open_catalog(home: Path) -> Catalog:
    """Nothing is made or opened yet: the file appears when something is first written."""
    return cast(Catalog, HomeCatalog(home))
