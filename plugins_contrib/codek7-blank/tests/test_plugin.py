"""codek7-blank on real pictures, and the contract that every moderator keeps."""

from __future__ import annotations

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from codek7 import Hub, Settings
from codek7.core.assets import Verdict
from codek7.core.ports import Frames
from codek7.testing import ModeratorContract
from codek7.testing.facts import media, sound, video
from codek7.testing.frames import Pictures
from codek7.testing.moderator import Case, asset
from codek7.testing.plugin import hooks_of
from codek7.testing.pytest_plugin import CodekClip, CodekFrames
from codek7_blank.plugin import Plugin

SECOND_US = 1_000_000
INFO = media(video(duration_us=4 * SECOND_US), sound(duration_us=4 * SECOND_US))


class TestContract(ModeratorContract):
    @pytest.fixture
    def plugin(self) -> object:
        return Plugin

    @pytest.fixture
    def unwelcome(self, codek7_clip: CodekClip, codek7_frames: CodekFrames) -> Case:
        return asset(), INFO, codek7_frames(codek7_clip("black", seconds=4))


@pytest.fixture
def black(codek7_clip: CodekClip, codek7_frames: CodekFrames) -> bytes:
    """A black picture."""
    return codek7_frames(codek7_clip("black", seconds=4)).jpeg(0)


@pytest.fixture
def busy(codek7_clip: CodekClip, codek7_frames: CodekFrames) -> bytes:
    """A picture with something to see."""
    return codek7_frames(codek7_clip()).jpeg(0)


def judge(frames: Frames, **options: object) -> Verdict:
    hooks = hooks_of(Plugin, settings=Settings(plugins={"blank": dict(options)}))
    (verdict,) = hooks.moderate(asset(), INFO, frames).answers
    return verdict


@pytest.mark.parametrize("colour", ["white", "red", "gray"])
def test_any_one_colour_is_blank(codek7_clip: CodekClip, codek7_frames: CodekFrames, colour: str) -> None:
    clip = codek7_clip("black", picture=f"color={colour}", seconds=4)
    verdict = judge(codek7_frames(clip))
    assert (verdict.decision, verdict.reason) == ("review", "100% of it shows nothing")


def test_it_says_where(black: bytes, busy: bytes) -> None:
    pictures = [busy, black, black, busy]
    verdict = judge(Pictures([(at * SECOND_US, jpeg) for at, jpeg in enumerate(pictures)]))
    assert verdict.decision == "allow"
    (span,) = verdict.spans
    assert (span.start_us, span.end_us) == (SECOND_US, 3 * SECOND_US)
    assert span.score > 0.5


def test_time_counts_not_pictures(black: bytes, busy: bytes) -> None:
    """Many shots in a short passage make many pictures."""
    shots = Pictures([(0, black), *((3_900_000 + at, busy) for at in range(5))])
    assert judge(shots).decision == "review"


def test_options_decide(black: bytes, busy: bytes) -> None:
    half = Pictures([(0, black), (2 * SECOND_US, busy)])
    assert judge(half).decision == "allow"
    assert judge(half, share=0.5, decision="block").decision == "block"
    assert judge(half, share=0.0, spread=200.0).decision == "review"


@pytest.mark.parametrize("options", [{"share": "much"}, {"shair": 1}, {"decision": "allow"}])
def test_wrong_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(AssertionError, match="blank"):
        hooks_of(Plugin, settings=Settings(plugins={"blank": options}))


def test_the_server_tells_what_counts_as_blank() -> None:
    hooks = hooks_of(Plugin, settings=Settings(plugins={"blank": {"share": 0.5}}))
    (routes,) = hooks.server_routes().values()
    with TestClient(Litestar(route_handlers=routes)) as client:
        told = client.get("/options").json()
    assert told == {"share": 0.5, "spread": 3.0, "decision": "review"}


def test_damaged_pictures_mean_review() -> None:
    collected = hooks_of(Plugin).moderate(asset(), INFO, Pictures([(0, b"no picture")]))
    assert [verdict.decision for verdict in collected.answers] == ["review"]
    assert collected.raised


def test_a_hub_finds_it_once_it_is_installed(codek7_hub: Hub) -> None:
    (found,) = (plugin for plugin in codek7_hub.plugins if plugin.name == "blank")
    assert (found.version, found.origin, found.error) == ("0.1.0", "codek7-blank", "")
