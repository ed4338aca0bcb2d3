"""Tasks on this machine: a thread for each that runs, as many as a budget of cores allows.

A thread costs nothing beside the ffmpeg process that it watches. Tasks start strictly in the order in which
they were submitted: a big one at the head waits for its cores, and those behind it wait too. Letting small
ones pass would use a core for a moment, and could keep the first chunks, which a preview needs, waiting to
the end. A task that asks for no core (sound, a few seconds for each hour) runs beside the others, one such
at a time.

Where the budget is all of the machine, one task more than fits it is running as soon as the first has ended
(which a preview waits for): an encode begins and ends with cores idle, measured as a tenth of them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple

from codek7.core.errors import Interrupted
from codek7.core.hookspecs import hookimpl
from codek7.core.ports import Executor, Runner
from codek7.core.settings import Settings
from codek7.core.tasks import Task, Update
from codek7.ffmpeg.machine import usable_cores


@hookimpl
def codek7_make_executor(settings: Settings, run: Runner) -> Executor:
    """Tasks run in threads of this process, on the cores that the settings allow."""
    return LocalExecutor(settings.cores or usable_cores(), run, overlap=not settings.cores)


class _Entry(NamedTuple):
    task: Task
    cores: int
    on_update: Callable[[Update], None]


class LocalExecutor(Executor):
    """Runs each task in a thread of its own that lives until the task has ended."""

    def __init__(self, cores: int, run: Runner, *, overlap: bool) -> None:
        self._cores = self._free = cores
        self._run = run
        self._overlap = overlap
        self._first_ended = False
        self._beside = False
        self._changed = threading.Condition()
        self._waiting: OrderedDict[Future[None], _Entry] = OrderedDict()
        self._threads: set[threading.Thread] = set()
        self._open = True
        self._ending = threading.Event()

    @property
    def cores(self) -> int:
        """The budget."""
        return self._cores

    def submit(self, task: Task, *, cores: int, on_update: Callable[[Update], None]) -> Future[None]:
        """Queue a task. One that asks for more than the budget runs alone. Raises `Interrupted` after the
        shutdown."""
        future: Future[None] = Future()
        with self._changed:
            if not self._open:
                raise Interrupted("no more tasks are taken: the executor was shut down")
            self._waiting[future] = _Entry(task, min(cores, self._cores), on_update)
        future.add_done_callback(self._drop)
        self._start_ready()
        return future

    def shutdown(self, *, cancel: bool = False) -> None:
        """Take no more, and wait for all that was taken; with `cancel`, drop what waits and end what runs."""
        with self._changed:
            self._open = False
            waiting = list(self._waiting)
        if cancel:
            for future in waiting:  # these first: whatever ends next must not start them
                future.cancel()
            self._ending.set()
        own = {threading.current_thread()}  # a task may shut down what runs it
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting and not self._threads - own)

    def _start_ready(self) -> None:
        """Start tasks from the head of the queue as long as their cores are free."""
        with self._changed:
            while self._waiting:
                future, entry = next(iter(self._waiting.items()))
                if not self._fits(entry.cores):
                    break
                del self._waiting[future]
                if future.set_running_or_notify_cancel():
                    self._start(future, entry)

    def _fits(self, cores: int) -> bool:
        if cores == 0:
            return not self._beside
        return cores <= self._free or (self._overlap and self._first_ended and self._free >= 0)

    def _drop(self, future: Future[None]) -> None:
        """One that was cancelled while it waited leaves the queue, and may have held others up."""
        with self._changed:
            if self._waiting.pop(future, None):
                future.set_running_or_notify_cancel()
                self._changed.notify_all()
        self._start_ready()

    def _start(self, future: Future[None], entry: _Entry) -> None:
        # Daemons: a program that ends without a shutdown does not wait, and their ffmpeg ends with it.
        thread = threading.Thread(target=self._work, args=(future, entry), name="codek7-task", daemon=True)
        self._free -= entry.cores
        self._beside = self._beside or entry.cores == 0
        self._threads.add(thread)
        thread.start()

    def _work(self, future: Future[None], entry: _Entry) -> None:
        failure: BaseException | None = None
        try:
            self._run(entry.task, entry.on_update, self._ending.is_set)
        except BaseException as error:  # whatever it is, it belongs to whoever waits for the task
            failure = error
        with self._changed:
            self._free += entry.cores
            self._beside = self._beside and entry.cores > 0
            self._first_ended = self._first_ended or entry.cores > 0
        if failure is None:
            future.set_result(None)
        else:
            future.set_exception(failure)
        with self._changed:
            self._threads.discard(threading.current_thread())
            self._changed.notify_all()
