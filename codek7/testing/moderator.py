"""The contract of a moderator (`codek7_moderate`)."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from msgspec.structs import replace

from codek7.core.assets import Asset, Verdict
from codek7.core.hooks import Collected, Hooks
from codek7.core.media import MediaInfo, Source
from codek7.core.ports import Frames
from codek7.core.values import from_json, to_json
from codek7.testing.facts import sound, video
from codek7.testing.frames import Pictures
from codek7.testing.plugin import SIGNATURE, PluginContract
from codek7.testing.pytest_plugin import CodekClip, CodekFrames

Case = tuple[Asset, MediaInfo, Frames]
"""What a moderator is given."""

HOSTILE_TITLES = ("", "<script>alert(1)</script>", "'; DROP TABLE asset; --", "\u202egpj.exe", "😀" * 125)


def asset(**changed: object) -> Asset:
    """An asset that was just taken in."""
    source = Source(uri="file:///clip.mp4", sha256="0" * 64, size_bytes=1_000_000)
    return replace(Asset(id="a" * 16, source=source, title="A clip"), **changed)


class ModeratorContract(PluginContract):
    """Override `plugin`; also `welcome` and `unwelcome`, with what it must allow and must not."""

    hook: ClassVar[str] = "codek7_moderate"

    @pytest.fixture
    def welcome(self, codek7_clip: CodekClip, codek7_frames: CodekFrames) -> Case:
        """An asset that the moderator has nothing against, with its facts and pictures."""
        return (
            asset(),
            MediaInfo(container="mp4", duration_us=5_000_000, tracks=(video(), sound()), prober="t@1"),
            (codek7_frames(codek7_clip())),
        )

    @pytest.fixture
    def unwelcome(self) -> Case:
        """An asset that it holds or refuses."""
        raise NotImplementedError(
            "override the fixture `unwelcome`: return (asset, info, frames) to be refused"
        )

    def test_it_allows_what_is_welcome(self, hooks: Hooks, welcome: Case) -> None:
        for verdict in judged(hooks, welcome):
            assert verdict.decision == "allow", verdict.reason

    def test_it_does_not_allow_what_is_unwelcome(self, hooks: Hooks, unwelcome: Case) -> None:
        verdicts = judged(hooks, unwelcome)
        assert verdicts, "a moderator that objects must say so"
        assert all(verdict.decision != "allow" for verdict in verdicts)
        assert all(verdict.reason for verdict in verdicts), "whoever is refused wants to know why"

    def test_verdicts_are_signed_and_survive_json(self, hooks: Hooks, welcome: Case, unwelcome: Case) -> None:
        for verdict in (*judged(hooks, welcome), *judged(hooks, unwelcome)):
            assert SIGNATURE.fullmatch(verdict.moderator), verdict.moderator
            assert from_json(to_json(verdict), Verdict) == verdict

    def test_spans_lie_within_the_asset(self, hooks: Hooks, welcome: Case, unwelcome: Case) -> None:
        for case in (welcome, unwelcome):
            for span in (span for verdict in judged(hooks, case) for span in verdict.spans):
                assert 0 <= span.start_us < span.end_us <= case[1].duration_us
                assert 0 <= span.score <= 1

    def test_the_same_again_is_decided_the_same(self, hooks: Hooks, welcome: Case, unwelcome: Case) -> None:
        for case in (welcome, unwelcome):
            assert [v.decision for v in judged(hooks, case)] == [v.decision for v in judged(hooks, case)]

    def test_sound_alone_raises_nothing(self, hooks: Hooks) -> None:
        info = MediaInfo(container="mp3", duration_us=1_000_000, tracks=(sound(),), prober="t@1")
        judged(hooks, (asset(), info, Pictures()))

    @pytest.mark.parametrize("title", HOSTILE_TITLES)
    def test_hostile_titles_raise_nothing(self, hooks: Hooks, welcome: Case, title: str) -> None:
        _, info, frames = welcome
        judged(hooks, (asset(title=title), info, frames))

    def test_it_needs_no_file(self, hooks: Hooks, welcome: Case, tmp_path: Path) -> None:
        """The source may be deleted, or on another machine: pictures and facts are all there is."""
        _, info, frames = welcome
        gone = Source(uri=str(tmp_path / "gone.mp4"), sha256="1" * 64, size_bytes=1)
        judged(hooks, (asset(source=gone), info, frames))


def judged(hooks: Hooks, case: Case) -> tuple[Verdict, ...]:
    """The verdicts; fails where the moderator raised."""
    collected: Collected[Verdict] = hooks.moderate(*case)
    assert not collected.raised, collected.raised
    return collected.answers
