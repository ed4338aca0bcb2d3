"""ffmpeg frozen, killed, failing, leaving too little: noticed, tried again a few times, and a clear end."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.cli.program import Home, faults, nothing_is_left
from tests.faults.conftest import Wrap
from tests.ffmpeg.processes import running, stop

STRICT = 'name = "strict"\ndrop_failed_rungs = false\n'
FAIL = """
if any("w=160[" in argument for argument in arguments):
    sys.exit("out of luck")
"""
TRUNCATE = """
code = subprocess.call([real, *arguments], stdin=subprocess.DEVNULL, pass_fds=PASSED)
for path in outputs:
    if width_of(path) == 160:
        os.truncate(path, path.stat().st_size // 2)
sys.exit(code)
"""
EMPTY = TRUNCATE.replace("path.stat().st_size // 2", "0")
FEWER = """
for number, argument in enumerate(arguments):
    if "w=160[" in argument:
        arguments[number] = argument.replace("w=160[", "w=160,select=lt(n\\\\,5)[")
"""
PASSED = "[int(a[5:]) for a in arguments if a.startswith('pipe:')]"


def with_program(home: Home, program: Path, **settings: str) -> Home:
    return home.set(ffmpeg=str(program), sandbox="false", tries="2", **settings)


TOGETHER_AND_ALONE = 2 * (2 + 1)
"""In each of two chunks: two tries with all rungs, and one with the rung alone."""
WITH_LEADS = 2 * 2 * 3
"""Where frames are missing, reading may have begun too late: three beginnings, planned twice."""


@pytest.mark.parametrize(
    ("code", "most"),
    [
        pytest.param(FAIL, TOGETHER_AND_ALONE, id="fails"),
        pytest.param(EMPTY, TOGETHER_AND_ALONE, id="empty"),
        pytest.param(TRUNCATE, WITH_LEADS, id="half"),
        pytest.param(FEWER, WITH_LEADS, id="fewer"),
    ],
)
def test_a_rung_that_cannot_be_made_is_left_out(
    home: Home, clip: Path, ladder: Path, wrap: Wrap, code: str, most: int
) -> None:
    broken = with_program(home, wrap(code.replace("PASSED", PASSED)))
    done = broken.ingest(clip, "--ladder", ladder)
    assert (done.code, done.ending["event"]) == (0, "asset-published")
    (dropped,) = done.events("rung-dropped")
    assert dropped["rendition"] == "video-1"
    assert dropped["reason"]
    assert {path.partition("/")[0] for path in home.published(done.ending)} == {
        "video-0", "audio-0", "image", "main.m3u8",
    }  # fmt: skip
    assert faults(home.store / done.ending["playlist"]) == []
    bad = [line["attempt"] for line in done.events("attempt-ended") if line["attempt"]["outcome"] != "done"]
    assert 0 < len(bad) <= most
    assert {attempt["outcome"] for attempt in bad} == {"failed" if code == FAIL else "wrong"}
    kept = home.sql("select outcome, command, tail from attempt where outcome <> 'done'")
    assert sorted(kept) == sorted([each["outcome"], each["command"], each["tail"]] for each in bad)
    assert all(command and tail for _, command, tail in kept)

    mended = home.ingest(clip, "--ladder", ladder)
    assert mended.code == 0
    assert {line["rendition"] for line in mended.events("chunk-encoded")} == {"video-1"}
    assert home.sql("select key from chunk group by key having count(*) > 1") == []


@pytest.mark.parametrize(("code", "error"), [(FAIL, "encode-failed"), (FEWER, "frames-differ")])
def test_a_policy_that_wants_all_rungs_or_nothing(
    home: Home, clip: Path, ladder: Path, wrap: Wrap, tmp_path: Path, code: str, error: str
) -> None:
    strict = tmp_path / "strict.toml"
    strict.write_text(STRICT)
    broken = with_program(home, wrap(code.replace("PASSED", PASSED)))
    done = broken.ingest(clip, "--ladder", ladder, "--policy", strict)
    assert (done.code, done.ending["event"], done.ending["code"]) == (1, "error", error)
    assert "out of luck" in done.ending["message"] or "frames, planned" in done.ending["message"]
    assert home.objects("assets/") == {}


def test_all_rungs_fail(home: Home, clip: Path, ladder: Path, wrap: Wrap) -> None:
    broken = with_program(home, wrap("if outputs: sys.exit('no luck at all')"))
    done = broken.ingest(clip, "--ladder", ladder, "--cores", "1")
    assert (done.code, done.ending["code"]) == (1, "encode-failed")
    assert "no luck at all" in done.ending["message"]
    assert home.objects("assets/") == {}
    bad = [line for line in done.events("attempt-ended") if line["attempt"]["outcome"] == "failed"]
    assert 2 <= len(bad) <= 2 * (2 + 3)
    assert home.sql("select state, error_code from job") == [["failed", "encode-failed"]]
    assert home.sql("select count(*) from attempt where outcome = 'failed'") == [[len(bad)]]


PATIENT_S = "15"
"""However busy the machine is, what is not frozen says something in this time."""
ONCE = """
try:
    (here / "seen").mkdir()
except FileExistsError:
    pass
else:
    {what}
"""


@pytest.mark.parametrize(
    ("what", "outcome"),
    [
        ("os.kill(os.getpid(), signal.SIGSTOP)", "stalled"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "failed"),
        ("sys.exit(1)", "failed"),
        ("sys.exit(0)", "wrong"),
    ],
    ids=["frozen", "killed", "failed", "did-nothing"],
)
def test_what_goes_wrong_once_is_tried_again(
    home: Home, clip: Path, ladder: Path, wrap: Wrap, what: str, outcome: str
) -> None:
    program = wrap(ONCE.format(what=what))
    patience = {"stall_s": PATIENT_S} if outcome == "stalled" else {}
    done = with_program(home, program, **patience).ingest(clip, "--ladder", ladder)
    assert (done.code, done.ending["event"]) == (0, "asset-published")
    assert done.events("rung-dropped") == []
    outcomes = [line["attempt"]["outcome"] for line in done.events("attempt-ended")]
    assert outcomes.count(outcome) == 1
    assert set(outcomes) == {outcome, "done"}
    assert faults(home.store / done.ending["playlist"]) == []


def test_frozen_again_and_again(home: Home, clip: Path, ladder: Path, wrap: Wrap) -> None:
    program = wrap("os.kill(os.getpid(), signal.SIGSTOP)")
    done = with_program(home, program, stall_s="1").ingest(clip, "--ladder", ladder)
    assert (done.code, done.ending["code"]) == (1, "encode-stalled")
    outcomes = [line["attempt"]["outcome"] for line in done.events("attempt-ended")]
    assert set(outcomes) == {"stalled"}
    assert len(outcomes) <= 2 * 4
    assert home.objects("assets/") == {}
    nothing_is_left(home)


@pytest.mark.parametrize(("what", "outcome"), [(signal.SIGSTOP, "stalled"), (signal.SIGKILL, "failed")])
def test_in_the_middle_of_its_work(
    home: Home, clip: Path, slow: Path, ffmpeg: str, what: signal.Signals, outcome: str
) -> None:
    """Inside the sandbox, where there is one."""

    def encoders() -> list[int]:
        return [pid for pid in running(ffmpeg, f"{home.path}/") if pid in running(ffmpeg, "/target-0.mp4")]

    patience = {"stall_s": PATIENT_S} if outcome == "stalled" else {}
    process = home.set(**patience).start("ingest", clip, "--ladder", slow, "--json")
    process.hear("work-progressed")
    for pid in stop(encoders, "an encoder"):
        os.kill(pid, what)
    done = process.end()
    assert (done.code, done.ending["event"]) == (0, "asset-published")
    outcomes = [line["attempt"]["outcome"] for line in done.events("attempt-ended")]
    assert outcome in outcomes
    assert faults(home.store / done.ending["playlist"]) == []
    nothing_is_left(home)
