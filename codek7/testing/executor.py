"""The contract of executors: what `codek7_make_executor` answers must do.

The suite runs small tasks of its own whose runner can be pickled; what they did is read from a folder. So it
fits executors that work in threads as well as those that work in other processes of this machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import ClassVar, NamedTuple

import pytest

from codek7.core.errors import Codek7Error, EncodeFailed, Interrupted
from codek7.core.hooks import Hooks
from codek7.core.ladder import AudioRung
from codek7.core.media import AudioTrack, Source
from codek7.core.ports import Executor, Runner
from codek7.core.settings import Settings
from codek7.core.tasks import AudioTask, Progress, Task, Update
from codek7.testing.plugin import PluginContract

PATIENCE_S = 60
"""How long something that must happen may take before its test fails."""


class Bench(NamedTuple):
    """An executor under test and the folder in which its tasks leave traces."""

    executor: Executor
    folder: Path

    def submit(self, name: str, *, cores: int = 1, into: list[Update] | None = None) -> Future[None]:
        """Queue a task that does what the first word of its name says: see `perform`."""
        updates = into if into is not None else []
        return self.executor.submit(named_task(name), cores=cores, on_update=updates.append)

    def release(self) -> None:
        """Let all tasks that wait for it go on."""
        (self.folder / "release").touch()

    def began(self) -> list[str]:
        """Names of the tasks that began, in order."""
        return [name for what, name, _ in self._log() if what == "began"]

    def most_cores(self, cores: dict[str, int]) -> int:
        """The most cores in use at one time, by the tasks' own account."""
        used = most = 0
        for what, name, _ in self._log():
            used += cores[name] if what == "began" else -cores[name]
            most = max(most, used)
        return most

    def _log(self) -> list[tuple[str, str, int]]:
        lines = [path.read_text().split() for path in self.folder.glob("*.log")]
        entries = [(what, name, int(at)) for what, name, at in lines]
        return sorted(entries, key=lambda entry: entry[2])


def perform(folder: Path, task: Task, tell: Callable[[Update], None], cancelled: Callable[[], bool]) -> None:
    """The runner of the suite. By the task's name: `brief` ends soon, `fails` raises, `says` tells three
    updates, `holds` goes on until it is released or cancelled."""
    (name,) = task.keys
    _trace(folder, "began", name)
    try:
        if name.startswith("fails"):
            raise EncodeFailed(f"{name} fails", hint="as it was asked to")
        if name.startswith("says"):
            for done_us in (1, 2, 3):
                tell(Progress(done_us=done_us))
        if name.startswith("holds"):
            _until(lambda: cancelled() or (folder / "release").exists(), f"the release of {name}")
            if cancelled():
                raise Interrupted(f"{name} was cancelled")
        time.sleep(0.02)
    finally:
        _trace(folder, "ended", name)


class ExecutorContract(PluginContract):
    """Override `plugin`; `settings` too, where yours needs other than three cores."""

    hook: ClassVar[str] = "codek7_make_executor"

    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(cores=3)

    @pytest.fixture
    def bench(self, hooks: Hooks, settings: Settings, tmp_path: Path) -> Iterator[Bench]:
        """An executor of the plugin, shut down after the test."""
        run: Runner = partial(perform, tmp_path)
        executor = hooks.make_executor(settings, run)
        yield Bench(executor, tmp_path)
        executor.shutdown(cancel=True)

    def test_it_states_its_budget(self, bench: Bench, settings: Settings) -> None:
        assert bench.executor.cores == settings.cores

    def test_a_task_runs_once_and_its_future_says_so(self, bench: Bench) -> None:
        assert bench.submit("brief-1").result(PATIENCE_S) is None
        assert bench.began() == ["brief-1"]

    def test_tasks_start_in_the_order_of_their_submission(self, bench: Bench) -> None:
        names = [f"brief-{number}" for number in range(6)]
        _wait([bench.submit(name, cores=bench.executor.cores) for name in names])
        assert bench.began() == names

    def test_cores_that_are_free_are_used(self, bench: Bench) -> None:
        names = {f"holds-{number}" for number in range(bench.executor.cores)}
        futures = [bench.submit(name) for name in names]
        _until(lambda: set(bench.began()) == names, "all of them running at once")
        bench.release()
        _wait(futures)

    def test_the_budget_is_never_exceeded(self, bench: Bench) -> None:
        budget = bench.executor.cores
        cores = {f"brief-{number}": number % budget + 1 for number in range(12)}
        _wait([bench.submit(name, cores=count) for name, count in cores.items()])
        assert bench.most_cores(cores) <= budget

    def test_a_task_bigger_than_the_budget_runs_alone(self, bench: Bench) -> None:
        budget = bench.executor.cores
        cores = {"brief-1": 1, "brief-2": budget, "brief-3": 1}
        futures = [
            bench.submit("brief-1"),
            bench.submit("brief-2", cores=budget * 10),
            bench.submit("brief-3"),
        ]
        _wait(futures)
        assert bench.most_cores(cores) <= budget

    def test_a_failure_is_its_own_tasks_only(self, bench: Bench) -> None:
        before, failing, after = (bench.submit(name) for name in ("brief-1", "fails-2", "brief-3"))
        with pytest.raises(EncodeFailed) as caught:
            failing.result(PATIENCE_S)
        assert (caught.value.message, caught.value.hint) == ("fails-2 fails", "as it was asked to")
        _wait([before, after])

    def test_updates_arrive_whole_and_in_order_before_the_end(self, bench: Bench) -> None:
        heard: list[Update] = []
        bench.submit("says-1", into=heard).result(PATIENCE_S)
        assert heard == [Progress(done_us=1), Progress(done_us=2), Progress(done_us=3)]

    def test_a_task_cancelled_while_it_waits_never_runs(self, bench: Bench) -> None:
        running = bench.submit("holds-1", cores=bench.executor.cores)
        waiting, last = bench.submit("brief-2"), bench.submit("brief-3")
        assert waiting.cancel()
        bench.release()
        _wait([running, last])
        assert bench.began() == ["holds-1", "brief-3"]

    def test_a_shutdown_waits_for_all_that_was_taken(self, bench: Bench) -> None:
        futures = [bench.submit(f"brief-{number}", cores=bench.executor.cores) for number in range(3)]
        bench.executor.shutdown()
        assert all(future.done() and future.exception() is None for future in futures)

    def test_a_shutdown_that_cancels_ends_what_runs_and_drops_what_waits(self, bench: Bench) -> None:
        running = bench.submit("holds-1", cores=bench.executor.cores)
        waiting = [bench.submit(f"brief-{number}") for number in range(3)]
        _until(lambda: bench.began() == ["holds-1"], "the first task running")
        bench.executor.shutdown(cancel=True)
        assert bench.began() == ["holds-1"]
        assert all(future.cancelled() for future in waiting)
        with pytest.raises((Interrupted, CancelledError)):
            running.result(PATIENCE_S)

    def test_it_can_be_shut_down_again_but_takes_nothing_more(self, bench: Bench) -> None:
        bench.executor.shutdown()
        bench.executor.shutdown(cancel=True)
        with pytest.raises(Codek7Error):
            bench.submit("brief-1")


def named_task(name: str) -> AudioTask:
    """The smallest task there is; its only content key is its name."""
    return AudioTask(
        source=Source(uri="memory://nothing", sha256="0" * 64, size_bytes=0),
        track=AudioTrack(index=0, codec="aac", sample_rate=48_000, channels=2, start_us=0, duration_us=1),
        rung=AudioRung(),
        origin=Fraction(0),
        cuts=(),
        chunk_keys=(name,),
    )


def _trace(folder: Path, what: str, name: str) -> None:
    """One file per line: appending to one file is not safe on every shared file system."""
    line = f"{what} {name} {time.monotonic_ns()}"
    aside = folder / f"{name}.{what}"
    aside.write_text(line)
    aside.rename(folder / f"{name}.{what}.log")


def _until(done: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.005)


def _wait(futures: list[Future[None]]) -> None:
    for future in futures:
        future.result(PATIENCE_S)
