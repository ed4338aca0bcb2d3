"""What somebody asks of the library, as the address of the page says it."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

NEWEST = (("", "Newest first"), ("oldest", "Oldest first"), ("title", "Title"), ("longest", "Longest first"))
FITTING = (("", "Best fit"), ("newest", "Newest first"), *NEWEST[1:])
"""Orders, by what the address says; words that were searched for have an order of their own."""
MAX_TEXT = 200


class Chosen(NamedTuple):
    """A filter that is set, and the page without it."""

    words: str
    without: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Words to search for, filters, an order and where in it to go on."""

    q: str = ""
    tag: str = ""
    category: str = ""
    language: str = ""
    sort: str = ""
    mine: bool = False
    cursor: str = ""

    @classmethod
    def of(cls, told: dict[str, str]) -> Asked:
        """From a query string; what it does not know it leaves out."""
        texts = {name: told.get(name, "")[:MAX_TEXT] for name in ("q", "tag", "category", "language")}
        sort = told.get("sort", "")
        known = {value for value, _ in FITTING}
        return cls(
            **texts,
            sort=sort if sort in known else "",
            mine=told.get("mine") == "1",
            cursor=told.get("cursor", ""),
        )

    @property
    def sorts(self) -> tuple[tuple[str, str], ...]:
        """The orders that there are."""
        return FITTING if self.q else NEWEST

    @property
    def filtered(self) -> bool:
        """Whether fewer things are asked for than there are."""
        return bool(self.q or self.tag or self.category or self.language or self.mine)

    @property
    def chosen(self) -> list[Chosen]:
        """Filters, each with a way out."""
        named = (("tag", f"#{self.tag}"), ("category", self.category), ("language", self.language))
        return [Chosen(words, self.url(**{name: ""})) for name, words in named if getattr(self, name)]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What a form has to say again besides its words and order."""
        names = ("tag", "category", "language")
        kept = [(name, str(getattr(self, name))) for name in names if getattr(self, name)]
        return [*kept, ("mine", "1")] if self.mine else kept

    def url(self, **changed: object) -> str:
        """The page with something changed, from its start unless a cursor is given."""
        fields = {**msgspec.structs.asdict(self), "cursor": "", **changed}
        told = {name: "1" if value is True else value for name, value in fields.items() if value}
        return f"/?{urlencode(told)}" if told else "/"
