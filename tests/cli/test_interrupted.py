"""Ctrl-C and the like: a quick end that leaves nothing behind, and the same command goes on from there."""

from __future__ import annotations

import os
import pty
import re
import signal
import threading
from pathlib import Path

import pytest

from tests.cli.program import Home, faults, nothing_is_left
from tests.ffmpeg.processes import until

HIDE, SHOW, ERASE = "\x1b[?25l", "\x1b[?25h", "\x1b[2K"


@pytest.mark.parametrize("moment", ["asset-created", "chunk-encoded"])
def test_an_interrupt_cleans_up_and_the_next_run_resumes(
    home: Home, clip: Path, slow: Path, moment: str
) -> None:
    go_on = home.patient()
    command = ("ingest", clip, "--ladder", slow, "--cores", "1", "--json")
    process = home.start(*command)
    process.hear(moment)
    process.send(signal.SIGINT)
    stopped = process.end()
    assert (stopped.code, stopped.err.strip()) == (130, "")
    assert stopped.ending["code"] == "interrupted"
    assert stopped.ending["hint"]
    nothing_is_left(home)
    assert home.objects("assets/") == {}
    assert home.sql("select state, reason from asset") == [["failed", "stopped before its end"]]
    assert home.sql("select state from job") == [["interrupted"]]

    go_on.touch()
    done = home.run(*command)
    assert (done.code, done.ending["event"]) == (0, "asset-published")
    assert faults(home.store / done.ending["playlist"]) == []
    earlier = [line["record"]["key"] for line in stopped.events("chunk-encoded")]
    later = [line["record"]["key"] for line in done.events("chunk-encoded")]
    assert set(earlier).isdisjoint(later), "what was finished is not encoded again"
    twice = "select key from (select unnest(keys) as key from attempt where outcome = 'done') group by key"
    assert home.sql(f"{twice} having count(*) > 1") == []
    assert home.sql("select key from chunk group by key having count(*) > 1") == []


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_twice_at_once_it_cleans_up_all_the_same(
    home: Home, clip: Path, slow: Path, asked: signal.Signals
) -> None:
    """As `timeout` asks: the process, and then its group."""
    process = home.start("ingest", clip, "--ladder", slow, "--json")
    process.hear("ladder-planned")
    process.send(asked)
    process.send(asked)
    stopped = process.end()
    assert (stopped.code, stopped.ending["code"]) == (130, "interrupted")
    nothing_is_left(home)


def test_people_are_told_in_two_lines(home: Home, clip: Path, slow: Path) -> None:
    process = home.start("ingest", clip, "--ladder", slow)
    until(lambda: home.scratch() != [], "the first task")
    process.send(signal.SIGINT)
    stopped = process.end()
    assert (stopped.code, stopped.out) == (130, "")
    assert stopped.err == "\nerror: interrupted\n  run the same command again: it resumes\n"
    nothing_is_left(home)


# on a terminal


class Terminal:
    """What a process writes to a terminal, as it comes."""

    def __init__(self) -> None:
        self.screen, self.end = pty.openpty()
        self.text = ""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while True:
            try:
                more = os.read(self.screen, 4096)
            except OSError:  # nobody has the other end any more
                return
            self.text += more.decode(errors="replace")

    def close(self) -> str:
        """All there was, once the process has ended."""
        os.close(self.end)
        self._thread.join(60)
        os.close(self.screen)
        return self.text


def test_a_terminal_shows_what_happens_and_is_left_tidy(home: Home, clip: Path, slow: Path) -> None:
    terminal = Terminal()
    environ = {**home.environ, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "30"}
    with home.spawn("ingest", clip, "--ladder", slow, stderr=terminal.end, env=environ) as process:
        out, _ = process.communicate()
    text = terminal.close()
    assert process.returncode == 0
    assert re.fullmatch(r"file://\S+/main\.m3u8\n", out), "what a script wants stands alone"
    for part in ("reading", "encoding 0:03.0 in 2 chunks", "h264 180p", "%", "moderating"):
        assert part in text
    assert text.rindex(SHOW) > text.rindex(HIDE), "the cursor is back"
    summary = text[text.rindex(ERASE) :]
    assert "published asset" in summary
    assert "320x180" in summary
    assert "encoding" not in summary, "the display itself is gone"


def test_an_interrupt_on_a_terminal_gives_the_cursor_back(home: Home, clip: Path, slow: Path) -> None:
    terminal = Terminal()
    environ = {**home.environ, "TERM": "xterm-256color"}
    with home.spawn("ingest", clip, "--ladder", slow, stderr=terminal.end, env=environ) as process:
        until(lambda: "encoding" in terminal.text, "the display")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate()
    text = terminal.close()
    assert (process.returncode, out) == (130, "")
    assert text.rindex(SHOW) > text.rindex(HIDE)
    assert "error: interrupted" in text[text.rindex(SHOW) :]
    nothing_is_left(home)


def test_who_has_to_wait_for_another_job_is_told_so(home: Home, clip: Path, ladder: Path) -> None:
    go_on = home.patient()
    first = home.start("ingest", clip, "--ladder", ladder, "--json")
    first.hear("ladder-planned")
    terminal = Terminal()
    with home.spawn("ingest", clip, "--ladder", ladder, stderr=terminal.end) as second:
        until(lambda: "waiting: another job works on this source" in terminal.text, "to be told")
        go_on.touch()
        second.wait()
    terminal.close()
    assert (first.end().code, second.returncode) == (0, 0)


def test_a_table_is_aligned_on_a_terminal_only(home: Home) -> None:
    terminal = Terminal()
    with home.spawn("config", "show", stdout=terminal.end) as process:
        process.wait()
    assert "\t" not in terminal.close()
    assert "policy\tcapped\tdefault" in home.run("config", "show").out
