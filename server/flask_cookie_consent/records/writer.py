"""Group commit: one thread writes what several requests wait for.

A commit waits for the disk, and whoever comes meanwhile shares the next one. Under load the thread
waits a little until as many have come as last time: a commit costs the same for one as for ten. It
also stands between the site and a store that hangs: a request waits for a bounded time, however
long the store does.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

logger = logging.getLogger("flask_cookie_consent")

T = TypeVar("T")

#: Entries in one transaction at most.
GROUP = 500

#: Seconds that a group waits at most to become as large as the one before.
GATHER = 0.012

#: Entries that wait in this process while the store is down; of more, the oldest go. Browsers
#: send a choice again that was not confirmed.
BACKLOG = 10_000

#: Seconds between attempts while the store is down: the first pause, and the longest.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0

#: Seconds without work after which the thread ends; the next entry starts another.
IDLE = 60.0


def in_forked_process(method: Callable[[], None]) -> None:
    """Has ``method`` called in every process forked from this one, while its object lives."""
    reference = weakref.WeakMethod(method)

    def call() -> None:
        if (found := reference()) is not None:
            found()

    if hasattr(os, "register_at_fork"):  # not on Windows, which does not fork
        os.register_at_fork(after_in_child=call)


class _Job(Generic[T]):
    """An entry on its way. (A lock does what an ``Event`` does, at a tenth of its cost.)"""

    __slots__ = ("_done", "entry", "written")

    def __init__(self, entry: T) -> None:
        self.entry = entry
        self.written = False
        self._done = threading.Lock()
        self._done.acquire()

    def wait(self, seconds: float) -> None:
        self._done.acquire(timeout=seconds)

    def finish(self) -> None:
        """Lets go who waits. Once more does no harm: an entry may be tried again later."""
        if self._done.locked():
            self._done.release()


class Writer(Generic[T]):
    """Writes entries in groups.

    :param commit: writes some entries, all or none, and returns when they are durable.
    :param unfit: what ``commit`` raises where an entry itself is at fault; such an entry is
        dropped, after the others of its group have been written without it.
    :param wait: how many seconds :meth:`write` waits at most.
    """

    def __init__(
        self,
        commit: Callable[[list[T]], None],
        *,
        unfit: tuple[type[Exception], ...] = (),
        wait: float,
    ) -> None:
        self._commit = commit
        self._unfit = unfit
        self.wait = wait
        self._start_anew()
        # A forked process has none of the threads, and perhaps a lock that one of them held.
        in_forked_process(self._start_anew)

    def _start_anew(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[_Job[T]] = deque()
        self._thread: threading.Thread | None = None
        self._began: float | None = None
        #: How many entries make a group worth a commit: as many as the last one had.
        self._enough = 1
        #: What the store said when it failed last; ``None`` once it works again.
        self.failure: str | None = None

    @property
    def waiting(self) -> int:
        """How many entries are not written yet."""
        return len(self._queue)

    def add(self, entry: T) -> None:
        """Has ``entry`` written soon."""
        self._enqueue(_Job(entry))

    def write(self, entry: T) -> bool:
        """Has ``entry`` written, and says whether it is durable. If it is not in time, it is
        tried again later, as long as this process lives.

        Nobody waits for a store that is known to be down, or that has kept others waiting for
        too long already.
        """
        job = _Job(entry)
        if self._enqueue(job):
            job.wait(self.wait)
        return job.written

    def _enqueue(self, job: _Job[T]) -> bool:
        """Puts ``job`` into the queue, and says whether it is worth waiting for."""
        with self._changed:
            if len(self._queue) >= BACKLOG:
                self._queue.popleft()
            self._queue.append(job)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="consent-records", daemon=True
                )
                self._thread.start()
            if len(self._queue) in (1, self._enough):
                self._changed.notify()
            began = self._began
        hangs = began is not None and time.monotonic() - began > self.wait
        return self.failure is None and not hangs

    def _work(self) -> None:
        pause = FIRST_PAUSE
        while jobs := self._take():
            if self._try(jobs):
                pause = FIRST_PAUSE
            else:
                with self._changed:
                    self._queue.extendleft(reversed(jobs))
                    self._began = None
                    self._changed.wait_for(lambda: False, pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _take(self) -> list[_Job[T]]:
        """The next group; none once there was nothing to do for a while."""
        with self._changed:
            self._began = None
            if not self._changed.wait_for(lambda: self._queue, IDLE):
                self._thread = None
                return []
            self._changed.wait_for(lambda: len(self._queue) >= self._enough, GATHER)
            self._began = time.monotonic()
            jobs = [self._queue.popleft() for _ in range(min(GROUP, len(self._queue)))]
            self._enough = len(jobs)
            return jobs

    def _try(self, jobs: list[_Job[T]]) -> bool:
        """Writes a group; says whether there is nothing left of it to try again."""
        try:
            self._commit([job.entry for job in jobs])
        except self._unfit as error:
            if len(jobs) > 1:
                left = [job for job in jobs if not self._try([job])]
                jobs[:] = left
                return not left
            logger.error("a consent record cannot be stored, and is dropped: %s", error)
            jobs[0].finish()
        except Exception as error:
            if self.failure is None:
                logger.error("consent records are pending, their store fails: %s", error)
            self.failure = str(error)
            for job in jobs:
                job.finish()
            return False
        else:
            if self.failure is not None:
                logger.warning("the store of consent records works again")
                self.failure = None
            for job in jobs:
                job.written = True
                job.finish()
        return True
