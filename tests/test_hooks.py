"""The hooks: each is asked as its kind says, and whoever raises is named and takes nothing down."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import pytest

from codek7.core import hookspecs
from codek7.core.assets import Asset, Verdict, weigh
from codek7.core.errors import Codek7Error, MediaEmpty, MediaRefused, PluginFailed, StoreError, ToolMissing
from codek7.core.events import AssetHeld
from codek7.core.hooks import Call, Hooks, Raised
from codek7.core.hookspecs import hookimpl
from codek7.core.ladder import Ladder, Policy, Rung
from codek7.core.measurement import Measurement, Meter, Metric
from codek7.core.media import Limits, MediaInfo, Probed, Source
from codek7.core.presentation import Package
from codek7.core.records import TextRendition
from codek7.core.settings import Settings
from codek7.core.tasks import Filter
from codek7.loading import Loaded, load, new_manager
from codek7.plugins.catalog_duckdb import HomeCatalog
from codek7.plugins.store_fsspec import codek7_open_store
from codek7.testing.facts import media, video
from codek7.testing.frames import Pictures

HOOKS = sorted(name for name in vars(hookspecs) if name.startswith("codek7_"))
PATH = Path("/nowhere/clip.mp4")
SOURCE = Source(uri="file:///clip.mp4", sha256="0" * 64, size_bytes=1)
ASSET = Asset(id="a" * 16, source=SOURCE, title="A clip")
RUNG = Rung(width=16, height=16, crf=23, ceiling_bps=1_000_000)
BLUR = Filter(name="boxblur")
LADDER = Ladder(rungs=(RUNG,))
PROBED = Probed(info=media())
PACKAGE = Package(files={}, links={})
POLICY = Policy(name="mine")
TEXT = TextRendition(name="text-0", language="en", title="English", cues=())
PSNR = Metric(name="psnr")
METER = Meter(signature="test@1", metrics=(PSNR,))
SCORE = Measurement(metric="psnr", meter="test@1", per_frame=(40.0,))
ALLOW = Verdict(moderator="test@1", decision="allow")
HELD = AssetHeld(asset_id=ASSET.id, reason="look")
STORE = codek7_open_store("memory://hooks", {})
CATALOG = HomeCatalog(Path("/nowhere"))
EXECUTOR = SimpleNamespace(cores=1, submit=print, shutdown=print)
SOMETHING: Any = SimpleNamespace(add_command=print)
"""What only the plugin looks at: a task, a workspace, a presentation, a command group."""


class Asked(NamedTuple):
    """How a hook is asked through the typed face, what a plugin may answer, and what then comes out; and what
    the plugin answers to another hook that is asked before."""

    ask: Callable[[Hooks], object]
    answer: object
    result: object
    before: Mapping[str, object] = {}


ASKED: Mapping[str, Asked] = {
    "codek7_probe": Asked(lambda h: h.probe(PATH, Limits()), PROBED, PROBED),
    "codek7_plan_ladder": Asked(lambda h: h.plan_ladder(media(), POLICY), LADDER, LADDER),
    "codek7_encode": Asked(lambda h: h.encode(SOMETHING, SOMETHING), True, None),
    "codek7_package": Asked(lambda h: h.package(SOMETHING, Pictures()), PACKAGE, PACKAGE),
    "codek7_open_store": Asked(lambda h: h.open_store("memory://hooks", {}), STORE, STORE),
    "codek7_open_catalog": Asked(lambda h: h.open_catalog(PATH), CATALOG, CATALOG),
    "codek7_make_executor": Asked(lambda h: h.make_executor(Settings(), print), EXECUTOR, EXECUTOR),
    "codek7_filters": Asked(lambda h: h.filters(RUNG, video()), [BLUR], (BLUR,)),
    "codek7_tracks": Asked(lambda h: h.tracks(PATH, media()), [TEXT], ((TEXT,), ())),
    "codek7_moderate": Asked(lambda h: h.moderate(ASSET, media(), Pictures()), ALLOW, ((ALLOW,), ())),
    "codek7_meters": Asked(lambda h: h.meters(), [METER], (METER,)),
    "codek7_measure": Asked(
        lambda h: h.measure(PATH, PATH, [PSNR]), [SCORE], ((SCORE,), ()), {"codek7_meters": [METER]}
    ),
    "codek7_policies": Asked(lambda h: h.policies(), [POLICY], {"mine": POLICY}),
    "codek7_on_event": Asked(lambda h: h.on_event(HELD), None, ()),
    "codek7_shutdown": Asked(lambda h: h.shutdown(), None, ()),
    "codek7_configure": Asked(lambda h: h.configure(Settings()), None, ()),
    "codek7_register_commands": Asked(lambda h: h.register_commands(SOMETHING), None, ()),
    "codek7_server_routes": Asked(lambda h: h.server_routes(), ["a route"], {"mine": ("a route",)}),
    "codek7_lab_displays": Asked(lambda h: h.lab_displays(), {int: str}, {int: str}),
}
NEEDED = {hook for hook in HOOKS if (getattr(hookspecs, hook).__doc__ or "").startswith("provide:")}
NEEDED |= {"codek7_filters"}  # a filter that is lost changes the picture


def plugin(**answers: Callable[..., object]) -> ModuleType:
    """A plugin whose hooks are these functions."""
    module = ModuleType("a_plugin")
    for hook, answer in answers.items():
        setattr(module, hook, hookimpl(answer))
    return module


def answering(hook: str, answer: Callable[..., object]) -> ModuleType:
    """A plugin that answers a hook so, and what is asked before it."""
    before = {other: lambda given=given: given for other, given in ASKED[hook].before.items()}
    return plugin(**{hook: answer}, **before)


def hooks_of(**plugins: object) -> Hooks:
    """Hooks that these plugins answer, the last one asked first, with a trace."""
    pm = new_manager()
    for name, each in plugins.items():
        loaded = load(pm, Loaded(name=name, origin="a test"), lambda each=each: each)  # type: ignore[misc]  # bound
        assert not loaded.error
    return Hooks(pm, [])


def broken(*_: object) -> object:
    """What a plugin does that was never tried."""
    raise ZeroDivisionError("of all things")


def test_every_hook_is_exercised_here() -> None:
    assert sorted(ASKED) == HOOKS


@pytest.mark.parametrize("hook", HOOKS)
def test_an_answer_comes_through(hook: str) -> None:
    heard: list[str] = []
    asked = ASKED[hook]

    def answer() -> object:
        heard.append(hook)
        return asked.answer

    hooks = hooks_of(mine=answering(hook, answer))
    assert asked.ask(hooks) == asked.result
    assert heard == [hook]
    assert hooks.trace is not None
    *before, call = hooks.trace
    assert {each.hook for each in before} == {*asked.before}
    assert call == Call(hook, "mine", asked.answer is not None, call.took_us, "")


@pytest.mark.parametrize("hook", sorted(NEEDED))
def test_whoever_raises_where_its_answer_is_needed_is_named(hook: str) -> None:
    good = plugin(**{hook: lambda: ASKED[hook].answer})
    hooks = hooks_of(good=good, bad=plugin(**{hook: broken}))
    with pytest.raises(PluginFailed, match=f"plugin bad failed in {hook}: ZeroDivisionError: of all things"):
        ASKED[hook].ask(hooks)


@pytest.mark.parametrize("hook", sorted(set(HOOKS) - NEEDED))
def test_whoever_raises_elsewhere_is_named_and_stops_nobody(
    hook: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []

    def answer() -> object:
        heard.append("good")
        return ASKED[hook].answer

    hooks = hooks_of(
        bad=plugin(**{hook: broken}), good=answering(hook, answer), worse=plugin(**{hook: exit_})
    )
    with caplog.at_level(logging.WARNING, "codek7"):
        result = ASKED[hook].ask(hooks)
    assert heard == ["good"]
    assert f"plugin bad raised in {hook}: ZeroDivisionError: of all things" in caplog.text
    assert f"plugin worse raised in {hook}: SystemExit" in caplog.text
    if isinstance(result, tuple) and hook != "codek7_meters":  # whose answer is the meters alone
        raised = getattr(result, "raised", result)
        assert [(each.plugin, each.hook) for each in raised] == [("bad", hook), ("worse", hook)]


def exit_() -> object:
    raise SystemExit(3)


@pytest.mark.parametrize("hook", HOOKS)
def test_the_keyboard_interrupts_every_hook(hook: str) -> None:
    def interrupted() -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ASKED[hook].ask(hooks_of(mine=answering(hook, interrupted)))


@pytest.mark.parametrize("hook", sorted(NEEDED))
def test_an_answer_of_another_kind_is_the_plugins_failure(hook: str) -> None:
    with pytest.raises(PluginFailed, match="plugin mine"):
        ASKED[hook].ask(hooks_of(mine=plugin(**{hook: lambda: ["no", "such", "answer"]})))


@pytest.mark.parametrize(
    ("hook", "error"),
    [
        ("codek7_probe", MediaRefused),
        ("codek7_plan_ladder", ToolMissing),
        ("codek7_encode", ToolMissing),
        ("codek7_package", ToolMissing),
        ("codek7_open_store", StoreError),
        ("codek7_open_catalog", ToolMissing),
        ("codek7_make_executor", ToolMissing),
    ],
)
def test_nobody_answers(hook: str, error: type[Codek7Error]) -> None:
    with pytest.raises(error) as caught:
        ASKED[hook].ask(hooks_of(other=plugin(**{hook: lambda: None})))
    assert "codek7 plugins" in caught.value.hint


def test_the_newest_answer_wins_and_none_passes() -> None:
    hooks = hooks_of(
        oldest=plugin(codek7_probe=broken),
        older=plugin(codek7_probe=lambda: PROBED),
        newest=plugin(codek7_probe=lambda: None),
    )
    assert hooks.probe(PATH, Limits()) is PROBED
    assert [(call.plugin, call.answered) for call in hooks.trace or ()] == [
        ("newest", False),
        ("older", True),
    ]


def test_errors_on_purpose_pass_as_they_are() -> None:
    refusal = MediaEmpty("nothing to see", hint="send another")

    def refuse() -> object:
        raise refusal

    hooks = hooks_of(mine=plugin(codek7_probe=refuse))
    with pytest.raises(MediaEmpty) as caught:
        hooks.probe(PATH, Limits())
    assert caught.value is refusal
    assert [call.error for call in hooks.trace or ()] == ["nothing to see (send another)"]


def test_a_failure_keeps_its_cause() -> None:
    with pytest.raises(PluginFailed) as caught:
        hooks_of(mine=plugin(codek7_probe=broken)).probe(PATH, Limits())
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert "mine" in caught.value.hint


def test_a_plugin_takes_only_the_arguments_it_wants() -> None:
    def some(limits: Limits) -> Probed:
        assert limits.max_tracks == 3
        return PROBED

    def all_of_them(path: Path, limits: Limits, thorough: bool) -> None:
        assert (path, thorough) == (PATH, True)

    hooks = hooks_of(some=plugin(codek7_probe=some), all=plugin(codek7_probe=all_of_them))
    assert hooks.probe(PATH, Limits(max_tracks=3), thorough=True) is PROBED


# wrapping what others provide


def wrapper(function: Callable[..., Generator[None, Any, object]]) -> ModuleType:
    module = ModuleType("a_wrapper")
    setattr(module, function.__name__, hookimpl(wrapper=True)(function))
    return module


def test_a_wrapper_changes_what_the_others_answer() -> None:
    def codek7_plan_ladder(info: MediaInfo) -> Generator[None, Ladder, Ladder]:
        ladder = yield
        return Ladder(rungs=ladder.rungs, audio=(), planner=f"{ladder.planner}+mine")

    hooks = hooks_of(built_in=plugin(codek7_plan_ladder=lambda: LADDER), mine=wrapper(codek7_plan_ladder))
    assert hooks.plan_ladder(media(), POLICY) == Ladder(rungs=(RUNG,), audio=(), planner="+mine")


def test_a_wrapper_sees_errors_and_may_stand_in() -> None:
    def codek7_plan_ladder() -> Generator[None, Ladder, Ladder]:
        with pytest.raises(PluginFailed, match="plugin bad"):
            yield
        return LADDER

    hooks = hooks_of(bad=plugin(codek7_plan_ladder=broken), mine=wrapper(codek7_plan_ladder))
    assert hooks.plan_ladder(media(), POLICY) is LADDER


def test_a_wrapper_that_lets_errors_pass_is_not_blamed() -> None:
    def codek7_plan_ladder() -> Generator[None, Ladder, Ladder]:
        return (yield)

    hooks = hooks_of(bad=plugin(codek7_plan_ladder=broken), mine=wrapper(codek7_plan_ladder))
    with pytest.raises(PluginFailed, match="plugin bad failed"):
        hooks.plan_ladder(media(), POLICY)


@pytest.mark.parametrize("yields", [0, 2])
def test_a_wrapper_that_does_not_yield_once_is_blamed(yields: int) -> None:
    def codek7_plan_ladder() -> Generator[None, Ladder, Ladder]:
        for _ in range(yields):
            yield
        return LADDER

    hooks = hooks_of(good=plugin(codek7_plan_ladder=lambda: LADDER), mine=wrapper(codek7_plan_ladder))
    with pytest.raises(PluginFailed, match="plugin mine failed"):
        hooks.plan_ladder(media(), POLICY)


# collecting


def test_policies_of_later_plugins_replace_earlier_ones() -> None:
    small, large = Policy(name="mine", max_height=240), Policy(name="mine", max_height=1080)
    first = plugin(codek7_policies=lambda: [small, POLICY])
    assert hooks_of(first=first, later=plugin(codek7_policies=lambda: (large,))).policies() == {"mine": large}


def test_filters_come_in_the_order_of_the_plugins() -> None:
    sharpen, fade = Filter(name="unsharp"), Filter(name="fade")
    early = ModuleType("early")
    early.codek7_filters = hookimpl(tryfirst=True)(lambda: [fade])  # type: ignore[attr-defined]  # a plugin
    hooks = hooks_of(
        one=plugin(codek7_filters=lambda: [BLUR]), two=plugin(codek7_filters=lambda: [sharpen]), early=early
    )
    assert hooks.filters(RUNG, video()) == (fade, BLUR, sharpen)


@pytest.mark.parametrize(
    "answer",
    [
        broken,
        lambda: "block",
        lambda: {"decision": "allow"},
        lambda: Verdict(moderator="mine@1", decision="maybe"),  # type: ignore[arg-type]  # on purpose
    ],
    ids=["raises", "a word", "a dict", "no decision"],
)
def test_a_moderator_without_a_verdict_means_review(answer: Callable[[], object]) -> None:
    hooks = hooks_of(good=plugin(codek7_moderate=lambda: ALLOW), bad=plugin(codek7_moderate=answer))
    collected = hooks.moderate(ASSET, media(), Pictures())
    assert weigh(collected.answers) == "review"
    assert [verdict.moderator for verdict in collected.answers] == ["test@1", "bad"]
    assert [raised.plugin for raised in collected.raised] == ["bad"]


def test_a_moderator_without_an_opinion_has_none() -> None:
    assert hooks_of(mine=plugin(codek7_moderate=lambda: None)).moderate(ASSET, media(), Pictures()) == (
        (),
        (),
    )


def test_a_moderator_that_should_be_there_means_review() -> None:
    hooks = Hooks(new_manager(), absent={"nsfw": "no module named torch"})
    (verdict,) = hooks.moderate(ASSET, media(), Pictures()).answers
    assert verdict == Verdict(moderator="nsfw", decision="review", reason="no module named torch")


def test_a_generator_that_raises_halfway_gives_nothing() -> None:
    def scores() -> Generator[Measurement]:
        yield SCORE
        broken()

    collected = hooks_of(mine=answering("codek7_measure", scores)).measure(PATH, PATH, [PSNR])
    assert collected == ((), (Raised("mine", "codek7_measure", "ZeroDivisionError: of all things"),))
