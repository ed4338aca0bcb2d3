"""The built-in rules: what each refuses, and that a list that cannot be read lets nothing through."""

from __future__ import annotations

from pathlib import Path

import pytest

from codek7.core.assets import Verdict, weigh
from codek7.core.media import AudioTrack, VideoTrack
from codek7.core.settings import Moderation, Settings
from codek7.plugins import moderate_rules
from codek7.testing.facts import media, sound, video
from codek7.testing.frames import Pictures
from codek7.testing.moderator import asset
from codek7.testing.plugin import hooks_of

MINUTE_US = 60_000_000


def judge(
    moderation: Moderation, *tracks: VideoTrack | AudioTrack, sha256: str = "0" * 64, size_bytes: int = 1
) -> Verdict:
    """The one verdict over a source of a minute."""
    hooks = hooks_of(moderate_rules.Plugin, settings=Settings(moderation=moderation))
    source = asset().source
    changed = type(source)(uri=source.uri, sha256=sha256, size_bytes=size_bytes)
    (verdict,) = hooks.moderate(asset(source=changed), media(*tracks), Pictures()).answers
    return verdict


def test_no_rules_allow_everything() -> None:
    assert judge(Moderation()) == Verdict(moderator="moderate_rules@1", decision="allow")


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (Moderation(min_duration_us=MINUTE_US + 1), "lasts 60 s, and at least 60 s is wanted"),
        (Moderation(max_duration_us=1_500_000), "lasts 60 s, and at most 1.5 s is allowed"),
        (Moderation(max_size_bytes=999), "holds 1000 bytes, and at most 999 are allowed"),
        (Moderation(max_width=1919), "is 1920 pixels wide, and at most 1919 are allowed"),
        (Moderation(max_height=1079), "is 1080 pixels high, and at most 1079 are allowed"),
        (Moderation(codecs=("hevc", "aac")), "track 0 is h264, and only hevc, aac are allowed"),
    ],
)
def test_a_broken_rule_is_told_in_words(rules: Moderation, reason: str) -> None:
    verdict = judge(rules, size_bytes=1000)
    assert (verdict.decision, verdict.reason) == ("block", reason)


@pytest.mark.parametrize(
    "rules",
    [
        Moderation(min_duration_us=MINUTE_US, max_duration_us=MINUTE_US),
        Moderation(max_size_bytes=1000),
        Moderation(max_width=1920, max_height=1080),
        Moderation(codecs=("h264", "aac")),
    ],
)
def test_what_just_keeps_a_rule_is_allowed(rules: Moderation) -> None:
    assert judge(rules, size_bytes=1000).decision == "allow"


def test_size_is_that_which_is_seen() -> None:
    """A phone's film is coded lying down."""
    assert judge(Moderation(max_width=1080), video(rotation=90)).decision == "allow"
    assert judge(Moderation(max_height=1080), video(rotation=90)).decision == "block"


def test_every_broken_rule_is_named() -> None:
    verdict = judge(Moderation(max_width=1, max_height=1, decision="review"), video(), sound())
    assert verdict.decision == "review"
    assert verdict.reason.count(";") == 1


def test_a_listed_hash_is_blocked_whatever_the_rules_decide(tmp_path: Path) -> None:
    listed = tmp_path / "hashes.txt"
    listed.write_text(f"# refused\n\n{'A' * 64}  clip.mp4\n{'b' * 64} # a comment\n")
    rules = Moderation(hash_list=str(listed), decision="review")
    assert judge(rules, sha256="a" * 64).decision == "block"
    assert judge(rules, sha256="b" * 64).decision == "block"
    assert judge(rules, sha256="c" * 64).decision == "allow"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", b"not a hash\n", b"abc\n"])
def test_a_list_that_cannot_be_read_means_review(tmp_path: Path, content: bytes | None) -> None:
    listed = tmp_path / "hashes.txt"
    if content is not None:
        listed.write_bytes(content)
    hooks = hooks_of(moderate_rules.Plugin, settings=Settings(moderation=Moderation(hash_list=str(listed))))
    collected = hooks.moderate(asset(), media(), Pictures())
    assert weigh(collected.answers) == "review"
    assert "hash list" in collected.raised[0].message
