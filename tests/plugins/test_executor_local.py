import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait

import pytest

from codek7.core.ports import Executor
from codek7.core.settings import Settings
from codek7.core.tasks import Task, Update
from codek7.ffmpeg.machine import usable_cores
from codek7.plugins.executor_local import codek7_make_executor
from codek7.testing.executor import named_task

PATIENCE_S = 60


class Scene:
    """An executor whose tasks wait for a gate."""

    def __init__(self, cores: int) -> None:
        self.began: list[str] = []
        self.gate = threading.Event()
        self.may_end: set[str] = set()
        self.executor: Executor = codek7_make_executor(Settings(cores=cores), self._run)

    def _run(self, task: Task, tell: Callable[[Update], None], cancelled: Callable[[], bool]) -> None:
        self.began.append(task.keys[0])
        if task.keys[0] == "closer":
            self.executor.shutdown()
        while not (self.gate.wait(0.01) or cancelled() or task.keys[0] in self.may_end):
            pass

    def have_begun(self, *names: str) -> bool:
        """Whether these did and no other, given time: each is in a thread of its own."""
        end = time.monotonic() + PATIENCE_S
        while len(self.began) < len(names) and time.monotonic() < end:
            time.sleep(0.01)
        return sorted(self.began) == sorted(names)

    def submit(self, name: str, cores: int = 1) -> Future[None]:
        return self.executor.submit(named_task(name), cores=cores, on_update=lambda _: None)


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene(cores=2)
    yield scene
    scene.executor.shutdown(cancel=True)


def test_all_cores_of_the_machine_unless_a_number_is_set() -> None:
    assert Scene(cores=0).executor.cores == usable_cores()


def test_a_big_task_at_the_head_holds_up_the_small_ones_behind_it(scene: Scene) -> None:
    first, big, small = scene.submit("first"), scene.submit("big", cores=2), scene.submit("small")
    assert scene.have_begun("first")
    assert not big.running()
    assert not small.running()
    scene.gate.set()
    wait([first, big, small], PATIENCE_S)
    assert scene.began == ["first", "big", "small"]


def test_cancelling_the_head_lets_the_next_start(scene: Scene) -> None:
    scene.submit("first")
    big, small = scene.submit("big", cores=2), scene.submit("small")
    assert big.cancel()
    assert small.running()
    assert not wait([big], PATIENCE_S).not_done


def test_waiters_hear_at_once_of_tasks_cancelled_in_the_middle_of_the_queue(scene: Scene) -> None:
    scene.submit("first", cores=2)
    _, middle, _ = (scene.submit(name) for name in ("second", "third", "fourth"))
    assert middle.cancel()
    assert not wait([middle], PATIENCE_S).not_done


def test_tasks_that_need_no_core_run_beside_the_others_one_at_a_time(scene: Scene) -> None:
    tasks = [scene.submit(*each) for each in (("sound", 0), ("pictures", 2), ("other", 0))]
    assert scene.have_begun("sound", "pictures")
    scene.gate.set()
    wait(tasks, PATIENCE_S)
    assert scene.began[-1] == "other"


def test_with_the_whole_machine_one_more_runs_once_the_first_has_ended() -> None:
    scene = Scene(cores=0)
    tasks = [scene.submit(name, scene.executor.cores) for name in ("first", "second", "third", "fourth")]
    assert scene.have_begun("first")
    scene.may_end.add("first")
    wait(tasks[:1], PATIENCE_S)
    while not tasks[2].running():
        time.sleep(0.01)
    assert not tasks[3].running()
    scene.executor.shutdown(cancel=True)


def test_a_task_may_shut_down_what_runs_it(scene: Scene) -> None:
    scene.gate.set()
    scene.submit("closer").result(PATIENCE_S)


PROGRAM = """
from codek7.core.settings import Settings
from codek7.plugins.executor_local import codek7_make_executor
from codek7.testing.executor import named_task
import signal, threading, time

def run(task, tell, cancelled):
    while not cancelled():
        time.sleep(0.01)
    print("ended", flush=True)

executor = codek7_make_executor(Settings(cores=1), run)
future = executor.submit(named_task("endless"), cores=1, on_update=print)
try:
    print("running", flush=True)
    future.result()
except KeyboardInterrupt:
    executor.shutdown(cancel=True)
    print("interrupted", flush=True)
"""


def test_ctrl_c_reaches_whoever_waits_for_a_result() -> None:
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    with program:
        assert program.stdout is not None
        assert program.stdout.readline() == "running\n"
        program.send_signal(2)
        assert program.communicate(timeout=PATIENCE_S)[0] == "ended\ninterrupted\n"
    assert program.returncode == 0
