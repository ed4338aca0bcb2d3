"""What is asked wrongly is said in a line, with a hint, an exit code and (for programs) an `error` line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from codek7.cli import main
from codek7.core.error_codes import EXIT_CODES
from tests.cli.program import Home

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """`call("ls", "--json")` in this process, in a folder with files to name: exit code and both streams."""
    monkeypatch.setenv("CODEK7_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.mp4").write_text("this is no media\n" * 1000)
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "broken.toml").write_text("rungs = [")
    (tmp_path / "odd.toml").write_text("[[rungs]]\nwidth = 33\nheight = 18\ncrf = 23\nceiling_bps = 9000\n")
    (tmp_path / "misspelt.toml").write_text('name = "x"\nmax_hight = 3\n')
    (tmp_path / "codek7-there").mkdir()

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        out, err = capsysbinary.readouterr()
        return int(str(ended.value.code)), out.decode(), err.decode()

    return call


WRONG = [
    (["ingest", "nothing.mp4"], "source-not-found"),
    (["ingest", "."], "media-refused"),
    (["ingest", "text.mp4"], "media-refused"),
    (["ingest", "empty.mp4"], "media-unreadable"),
    (["ingest", "gopher://example.org/film.mp4"], "media-refused"),
    (["ingest", "text.mp4", "--policy", "nonesuch"], "policy-unknown"),
    (["ingest", "text.mp4", "--policy", "misspelt.toml"], "settings-invalid"),
    (["ingest", "text.mp4", "--ladder", "broken.toml"], "ladder-invalid"),
    (["ingest", "text.mp4", "--ladder", "odd.toml"], "ladder-invalid"),
    (["ingest", "text.mp4", "--ladder", "nothing.toml"], "usage"),
    (["ingest", "text.mp4", "--cores", "0"], "usage"),
    (["ingest"], "usage"),
    (["ingest", "text.mp4", "--loud"], "usage"),
    (["plan", "nothing.mp4"], "source-not-found"),
    (["plan", "text.mp4"], "media-refused"),
    (["plan", "text.mp4", "--ladder", "odd.toml"], "ladder-invalid"),
    (["probe", "nothing.mp4"], "source-not-found"),
    (["probe", "."], "media-refused"),
    (["probe", "text.mp4"], "media-refused"),
    (["plugins", "--trace", "nothing.mp4"], "source-not-found"),
    (["show", "nonesuch"], "asset-not-found"),
    (["show", "'; drop table asset; --"], "asset-not-found"),
    (["remove", "nonesuch", "--yes"], "asset-not-found"),
    (["republish", "nonesuch", "--policy", "source"], "asset-not-found"),
    (["republish", "nonesuch"], "usage"),
    (["sql", "selekt 1"], "query-invalid"),
    (["sql", "delete from asset"], "query-invalid"),
    (["gc", "--grace", "-1"], "usage"),
    (["plugin", "new", "Not A Name"], "usage"),
    (["plugin", "new", "there"], "usage"),
    (["plugin", "frobnicate"], "usage"),
    (["frobnicate"], "usage"),
]
"""Arguments, and the code of what is wrong with them."""
HINTLESS = {"usage", "settings-invalid", "ladder-invalid"}
"""Where the message itself says what to do."""


@pytest.mark.parametrize(("arguments", "code"), WRONG, ids=[" ".join(each) for each, _ in WRONG])
def test_programs_get_an_error_line(call: Call, arguments: list[str], code: str) -> None:
    exit_code, out, err = call(*arguments, "--json")
    *before, ending = map(json.loads, out.splitlines())
    assert (ending["event"], ending["code"]) == ("error", code), out + err
    assert ending["message"]
    assert ending["hint"] or code in HINTLESS
    assert exit_code == EXIT_CODES[code]
    assert err == ""
    assert all(line["event"] == "asset-created" for line in before)


@pytest.mark.parametrize(("arguments", "code"), WRONG, ids=[" ".join(each) for each, _ in WRONG])
def test_people_get_a_line_and_a_hint(call: Call, arguments: list[str], code: str) -> None:
    exit_code, out, err = call(*arguments)
    assert (exit_code, out) == (EXIT_CODES[code], "")
    if code == "usage" and err.startswith("Usage:"):
        assert err.splitlines()[-1].startswith("Error: ")
        return
    assert err.startswith("error: ")
    if code != "query-invalid":  # points into the query, on lines of its own
        assert len(err.splitlines()) <= 2
    assert code in HINTLESS or err.splitlines()[-1].startswith("  ")


def test_settings_that_are_wrong_stop_every_verb_but_not_the_help(home: Home) -> None:
    home.path.mkdir(mode=0o700)
    (home.path / "codek7.toml").write_text("polcy = 'capped'\n")
    (home.path / "codek7_plugins.py").write_text("")
    done = home.run("ls")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"error: {home.path}/codek7.toml: there is no setting polcy\n  did you mean policy?\n"
    done = home.start("--help").end()
    assert (done.code, "ingest" in done.out) == (0, True)
    assert done.err.startswith("the commands of plugins are left out: ")


def test_a_home_that_cannot_be_one(call: Call) -> None:
    for arguments in (["ls"], ["ingest", "text.mp4"]):
        exit_code, out, err = call(*arguments, "--home", "text.mp4")
        assert (exit_code, out) == (2, "")
        assert err.startswith("error: ")


def test_a_home_that_cannot_be_written(call: Call) -> None:
    """/proc takes no files, not even root's."""
    exit_code, out, err = call("ingest", "text.mp4", "--home", "/proc/home")
    assert (exit_code, out) == (1, "")
    assert err.startswith("error: ")


def test_a_missing_ffmpeg(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEK7_FFMPEG", "/nowhere/ffmpeg")
    exit_code, out, _ = call("ingest", "text.mp4", "--json")
    assert exit_code == 1
    assert json.loads(out.splitlines()[-1])["code"] == "tool-missing"


def test_a_fault_of_codek7_shows_no_traceback_unless_asked(
    call: Call, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise LookupError("of all things")

    monkeypatch.setattr("codek7.hub.Hub.open", fail)
    exit_code, out, err = call("ls")
    assert (exit_code, out) == (1, "")
    assert err.splitlines()[0] == "error: LookupError: of all things"
    assert "CODEK7_LOG" in err
    exit_code, out, _ = call("ls", "--json")
    assert (exit_code, json.loads(out)["code"]) == (1, "error")


def test_a_reader_that_goes_away_is_no_error(home: Home) -> None:
    """As in `codek7 ls | head -0`."""
    for arguments in (["config", "show"], ["config", "show", "--json"], ["plugins", "--json"], ["--help"]):
        process = home.spawn(*arguments)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == ""
        process.stderr.close()
        assert process.wait() in (0, 1)
