"""All rules in one table, and their application to a presentation that was read."""

from __future__ import annotations

from collections.abc import Iterator

from codek7.check import (
    rules_iframes,
    rules_main,
    rules_media,
    rules_rates,
    rules_renditions,
    rules_segments,
    rules_streams,
    rules_syntax,
    rules_text,
    rules_timeline,
    rules_version,
    rules_whole,
)
from codek7.check.playlist import MainPlaylist, MediaPlaylist, Playlist
from codek7.check.report import Fault, Report, Rule
from codek7.check.walk import MediaFacts, Presentation

PLAYLIST_RULES: tuple[Rule[Playlist], ...] = (*rules_syntax.RULES, *rules_version.RULES)
MAIN_RULES: tuple[Rule[MainPlaylist], ...] = (*rules_main.RULES, *rules_renditions.RULES)
MEDIA_RULES: tuple[Rule[MediaPlaylist], ...] = rules_media.RULES
FACTS_RULES: tuple[Rule[MediaFacts], ...] = (
    *rules_segments.RULES,
    *rules_iframes.RULES,
    *rules_timeline.FACTS_RULES,
    *rules_text.FACTS_RULES,
)
PRESENTATION_RULES: tuple[Rule[Presentation], ...] = (
    *rules_whole.RULES,
    *rules_timeline.RULES,
    *rules_rates.RULES,
    *rules_streams.RULES,
    *rules_text.RULES,
)


def _order(rule_id: str) -> tuple[str, list[int], str]:
    """Sort by document, then by section as numbers."""
    document, _, rest = rule_id.partition(".")
    section, _, name = rest.partition("-")
    return document, [int(part) for part in section.split(".") if part.isdigit()], name or rest


RULES: tuple[
    Rule[Playlist] | Rule[MainPlaylist] | Rule[MediaPlaylist] | Rule[MediaFacts] | Rule[Presentation], ...
]
RULES = tuple(
    sorted(
        (*PLAYLIST_RULES, *MAIN_RULES, *MEDIA_RULES, *FACTS_RULES, *PRESENTATION_RULES),
        key=lambda rule: _order(rule.id),
    )
)
"""Every rule, by document and section: what the reference page is generated from."""


def judge(presentation: Presentation) -> Report:
    """Apply every rule and sort what is found into faults and advice."""
    found = tuple(_found(presentation))
    return Report(
        faults=tuple(fault for fault in found if fault.level == "must"),
        advice=tuple(fault for fault in found if fault.level == "should"),
        playlists=len(presentation.media) + (presentation.main is not None),
        segments=sum(len(facts.reads) for facts in presentation.media.values()),
    )


def _found(presentation: Presentation) -> Iterator[Fault]:
    main = presentation.main
    if main is not None:
        yield from _text_faults(main)
        for main_rule in MAIN_RULES:
            yield from main_rule.faults(main)
    for facts in presentation.media.values():
        yield from _text_faults(facts.playlist)
        for media_rule in MEDIA_RULES:
            yield from media_rule.faults(facts.playlist)
        for facts_rule in FACTS_RULES:
            yield from facts_rule.faults(facts)
    for rule in PRESENTATION_RULES:
        yield from rule.faults(presentation)


def _text_faults(playlist: Playlist) -> Iterator[Fault]:
    for rule in PLAYLIST_RULES:
        yield from rule.faults(playlist)
