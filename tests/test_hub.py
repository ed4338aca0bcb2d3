"""The hub: what is loaded from where, what is refused, and that nothing of it takes anything else down."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from textwrap import dedent

import pytest

import codek7
from codek7 import Hub, Settings
from codek7.core.assets import Asset
from codek7.core.errors import SettingsInvalid
from codek7.core.hooks import Trace
from codek7.core.ladder import Policy
from codek7.core.media import Source
from codek7.hub import BUILTINS
from codek7.loading import Loaded
from codek7.outside import HOME_FILE, any_plugins
from codek7.testing.facts import media
from codek7.testing.frames import Pictures
from tests.test_imports import HEAVY

SOURCE = Source(uri="file:///clip.mp4", sha256="0" * 64, size_bytes=1)
ASSET = Asset(id="a" * 16, source=SOURCE, title="A clip")

Install = Callable[[str, str], None]

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "plugins.md").read_text()
TWO_RUNGS, NO_SPAM, CONTRACT = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
"""The examples of the page, which therefore work."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home that nobody else may write."""
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """`install("name", code)`: a distribution with an entry point of that name, as pip leaves it."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(site)

    def install(name: str, code: str) -> None:
        module = f"{name.replace('-', '_')}_{tmp_path.name}"
        (site / f"{module}.py").write_text(dedent(code))
        facts = site / f"{name.replace('-', '_')}_dist-1.5.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-dist\nVersion: 1.5\n")
        (facts / "entry_points.txt").write_text(f"[codek7]\n{name} = {module}\n")

    return install


def write_home(home: Path, code: str) -> Path:
    path = home / HOME_FILE
    path.write_text(code)
    path.chmod(0o600)
    return path


def found(hub: Hub, name: str) -> Loaded:
    (plugin,) = (plugin for plugin in hub.plugins if plugin.name == name)
    return plugin


# built-ins


def test_all_built_ins_load_and_answer(home: Path) -> None:
    with Hub.open(home, environ={}) as hub:
        loaded = hub.plugins[: len(BUILTINS)]
    assert tuple(plugin.name for plugin in loaded) == BUILTINS
    assert [plugin.error for plugin in loaded] == [""] * len(BUILTINS)
    assert all(plugin.hooks and plugin.origin == "built-in" for plugin in loaded)


def test_opening_writes_nothing_and_imports_nothing_heavy(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom codek7 import Hub\n"
        f"with Hub.open({str(tmp_path / 'home')!r}, environ={{}}): pass\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & HEAVY
    assert not list(tmp_path.iterdir())


# installed plugins


def test_an_installed_plugin_is_asked_before_the_built_ins(home: Path, install: Install) -> None:
    install("tiny", TWO_RUNGS)
    with Hub.open(home, environ={}) as hub:
        assert found(hub, "tiny") == Loaded(
            name="tiny", version="1.5", origin="tiny-dist", hooks=("codek7_plan_ladder",)
        )
        ladder = hub.hooks.plan_ladder(media(), Policy(name="capped"))
    assert (len(ladder.rungs), ladder.planner) == (2, "two-rungs@1")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def broken(:", "SyntaxError"),
        ("raise SystemExit('goodbye')", "SystemExit: goodbye"),
        (
            "from codek7 import hookimpl\n@hookimpl\ndef codek7_moderat(asset): ...",
            "codek7_moderat is no hook of codek7 0.1.0 (did you mean codek7_moderate?)",
        ),
        ("from codek7 import hookimpl\n@hookimpl\ndef codek7_moderate(film): ...", "film"),
        ("def codek7_moderate(asset): ...", "codek7_moderate is not marked with @hookimpl"),
        (
            "from codek7 import hookimpl\n@hookimpl(wrapper=True)\ndef codek7_moderate(asset): yield",
            "only hooks that provide can be wrapped",
        ),
        ("class Plugin:\n    def __init__(self): raise OSError('no licence')", "OSError: no licence"),
    ],
)
def test_a_broken_plugin_is_kept_shown_and_stops_nothing(
    home: Path, install: Install, code: str, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    install("broken", code)
    install("tiny", TWO_RUNGS)
    with Hub.open(home, environ={}) as hub:
        assert error in found(hub, "broken").error
        assert found(hub, "tiny").error == ""
        assert len(hub.hooks.plan_ladder(media(), Policy(name="capped")).rungs) == 2
    assert "plugin broken of broken-dist" in caplog.text


def test_a_name_that_is_taken_takes_nothing_over(home: Path, install: Install) -> None:
    install("plan_ladder", TWO_RUNGS)
    with Hub.open(home, environ={}) as hub:
        built_in, other = (plugin for plugin in hub.plugins if plugin.name == "plan_ladder")
        ladder = hub.hooks.plan_ladder(media(), Policy(name="capped"))
    assert (built_in.error, "already registered" in other.error) == ("", True)
    assert ladder.planner != "two-rungs@1"


def test_the_order_of_plugins_is_that_of_their_names(home: Path, install: Install) -> None:
    install("zeta", TWO_RUNGS)
    install("alpha", NO_SPAM)
    with Hub.open(home, environ={}) as hub:
        installed = [plugin.name for plugin in hub.plugins if plugin.origin.endswith("-dist")]
    assert installed == ["alpha", "zeta"]


# the home's own file


def test_fifteen_lines_in_the_home_change_the_ladder(home: Path) -> None:
    path = write_home(home, TWO_RUNGS)
    assert len(TWO_RUNGS.splitlines()) <= 15
    with Hub.open(home, environ={}) as hub:
        plugin = found(hub, "codek7_plugins")
        assert (plugin.origin, plugin.error, len(plugin.version)) == (str(path), "", 12)
        assert len(hub.hooks.plan_ladder(media(), Policy(name="capped")).rungs) == 2


def test_fifteen_lines_in_the_home_refuse_titles(home: Path) -> None:
    write_home(home, NO_SPAM)
    assert len(NO_SPAM.splitlines()) <= 15
    with Hub.open(home, environ={}) as hub:
        verdicts = hub.hooks.moderate(ASSET, media(), Pictures()).answers
        assert {verdict.decision for verdict in verdicts} == {"allow"}
        spam = Asset(id="b" * 16, source=SOURCE, title="FREE money")
        (verdict,) = (
            v for v in hub.hooks.moderate(spam, media(), Pictures()).answers if v.decision != "allow"
        )
    assert (verdict.decision, verdict.reason) == ("block", "the title says free, money")


def test_the_home_is_named_in_the_environment(home: Path) -> None:
    write_home(home, TWO_RUNGS)
    with Hub.open(environ={"CODEK7_HOME": str(home)}) as hub:
        assert hub.home == home
        assert found(hub, "codek7_plugins").error == ""


def test_a_home_found_by_chance_runs_no_code(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.rename(home.parent / "codek7-home")
    write_home(home.parent / "codek7-home", "raise SystemExit('this must not run')")
    monkeypatch.chdir(home.parent)
    with Hub.open(environ={}) as hub:
        assert hub.home.name == "codek7-home"
        assert found(hub, "codek7_plugins").error.startswith("not loaded (name its home")


def writable_file(home: Path) -> None:
    (home / HOME_FILE).chmod(0o620)


def writable_home(home: Path) -> None:
    home.chmod(0o702)


def linked_file(home: Path) -> None:
    (home / HOME_FILE).rename(home.parent / "elsewhere.py")
    (home / HOME_FILE).symlink_to(home.parent / "elsewhere.py")


def folder_for_a_file(home: Path) -> None:
    (home / HOME_FILE).unlink()
    (home / HOME_FILE).mkdir()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (writable_file, "chmod go-w"),
        (writable_home, "chmod go-w"),
        (linked_file, "is a link"),
        (folder_for_a_file, "no regular file"),
    ],
)
def test_code_that_others_could_have_written_does_not_run(
    home: Path, change: Callable[[Path], None], why: str
) -> None:
    write_home(home, "raise SystemExit('this must not run')")
    change(home)
    with Hub.open(home, environ={}) as hub:
        error = found(hub, "codek7_plugins").error
    assert error.startswith("not loaded (")
    assert why in error


def test_code_of_another_user_does_not_run(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_home(home, "raise SystemExit('this must not run')")
    monkeypatch.setattr("os.geteuid", lambda: home.stat().st_uid + 1)
    with Hub.open(home, environ={}) as hub:
        assert "belongs to another user" in found(hub, "codek7_plugins").error


def test_the_homes_file_may_define_values(home: Path) -> None:
    """Their annotations are looked up in the module."""
    write_home(
        home,
        "from __future__ import annotations\nfrom dataclasses import dataclass\nfrom typing import ClassVar\n"
        "from codek7 import Policy, hookimpl\n@dataclass\nclass Mine:\n    kind: ClassVar[str] = 'mine'\n"
        "@hookimpl\ndef codek7_policies():\n    return [Policy(name=Mine.kind)]\n",
    )
    with Hub.open(home, environ={}) as hub:
        assert "mine" in hub.hooks.policies()
    assert not list(home.glob("__pycache__")), "no bytecode beside it, that others could leave there"


# hubs of their own


STATEFUL = """\
from codek7 import Policy, hookimpl

class Plugin:
    @hookimpl
    def codek7_configure(self, settings):
        self.name = settings.plugins["stateful"]["name"]

    @hookimpl
    def codek7_policies(self):
        return [Policy(name=self.name)]

    @hookimpl
    def codek7_shutdown(self):
        with open(self.name, "a") as file:
            file.write("closed\\n")
"""


def test_two_hubs_share_nothing(tmp_path: Path, install: Install) -> None:
    install("stateful", STATEFUL)
    paths = [str(tmp_path / name) for name in ("one", "two")]
    flags = [{"plugins": {"stateful": {"name": path}}} for path in paths]
    with (
        Hub.open(tmp_path / "home", flags=flags[0], environ={}) as one,
        Hub.open(tmp_path / "home", flags=flags[1], environ={}) as two,
    ):
        assert paths[0] in one.hooks.policies()
        assert paths[1] not in one.hooks.policies()
        assert paths[1] in two.hooks.policies()
        two.close()
    assert [Path(path).read_text() for path in paths] == ["closed\n", "closed\n"]


def test_store_and_catalog_are_opened_when_wanted(home: Path) -> None:
    with Hub.open(home, flags={"store": "memory://hub"}, environ={}) as hub:
        assert hub.store is hub.store
        assert hub.store.url.startswith("memory://")
        assert hub.catalog is hub.catalog
    with Hub.open(home, environ={}) as hub:
        hub.store.put("a/b", b"c")
        assert (home / "store" / "a" / "b").read_bytes() == b"c"


def test_wrong_settings_are_refused(home: Path) -> None:
    (home / "codek7.toml").write_text("cores = 'many'\n")
    with pytest.raises(SettingsInvalid, match="cores"):
        Hub.open(home, environ={})


def test_a_trace_tells_who_answered(home: Path) -> None:
    trace: Trace = []
    with Hub.open(home, environ={}, trace=trace) as hub:
        hub.hooks.plan_ladder(media(), Policy(name="capped"))
    assert [(call.hook, call.plugin) for call in trace] == [("codek7_plan_ladder", "plan_ladder")]


# the gate fails closed

PICKY = """\
from codek7 import Verdict, hookimpl

class Plugin:
    @hookimpl
    def codek7_configure(self, settings):
        self.limit = settings.plugins["picky"]["limit"]

    @hookimpl
    def codek7_moderate(self, asset):
        return Verdict(moderator="picky@1", decision="allow")
"""


def decisions(hub: Hub) -> dict[str, str]:
    return {v.moderator: v.decision for v in hub.hooks.moderate(ASSET, media(), Pictures()).answers}


def test_a_moderator_that_cannot_be_configured_means_review(home: Path, install: Install) -> None:
    install("picky", PICKY)
    with Hub.open(home, environ={}) as hub:
        assert found(hub, "picky").error == "KeyError: 'picky'"
        assert decisions(hub) == {"moderate_rules@1": "allow", "picky": "review"}
    with Hub.open(home, flags={"plugins": {"picky": {"limit": 1}}}, environ={}) as hub:
        assert decisions(hub) == {"moderate_rules@1": "allow", "picky@1": "allow"}


def test_a_moderator_with_a_wrong_argument_means_review(home: Path, install: Install) -> None:
    install("wrong", "from codek7 import hookimpl\n@hookimpl\ndef codek7_moderate(film): ...")
    with Hub.open(home, environ={}) as hub:
        assert decisions(hub) == {"moderate_rules@1": "allow", "wrong": "review"}


def test_a_required_moderator_that_is_not_there_means_review(home: Path, install: Install) -> None:
    install("gone", "import no_such_module")
    with Hub.open(home, flags={"moderation": {"required": ["gone", "moderate_rules"]}}, environ={}) as hub:
        assert decisions(hub) == {"moderate_rules@1": "allow", "gone": "review"}


# names


def test_public_names_are_there_and_complete_with_tab() -> None:
    assert set(codek7.__all__) <= set(dir(codek7))
    assert all(getattr(codek7, name) is not None for name in codek7.__all__)
    assert codek7.Settings is Settings
    with pytest.raises(AttributeError, match="no attribute 'Hubb'"):
        _ = codek7.Hubb


def test_the_version_is_that_of_the_distribution() -> None:
    assert codek7.__version__ == metadata.version("codek7")


def test_whether_there_is_any_plugin(home: Path, install: Install) -> None:
    """What spares a page of help from loading everything."""
    environ = {"CODEK7_HOME": str(home)}
    assert not any_plugins(environ)
    write_home(home, TWO_RUNGS)
    assert any_plugins(environ)
    assert not any_plugins({})
    install("tiny", TWO_RUNGS)
    assert any_plugins({})


def test_the_pages_suite_runs(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(CONTRACT)
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "limits_are_kept and black"]
    done = subprocess.run([*argv, "."], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_page_names_what_there_is() -> None:
    from codek7 import testing
    from codek7.testing.clips import CLIPS

    for suite in (name for name in testing.__all__ if name != "PluginContract"):
        assert f"`{suite}`" in PAGE
    (row,) = (line for line in PAGE.splitlines() if line.startswith("| `codek7_clip("))
    assert set(re.findall(r"`([a-z0-9_]+)`", row)) <= set(CLIPS)
