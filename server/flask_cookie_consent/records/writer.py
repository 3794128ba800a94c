"""Group commit: one thread writes what several requests wait for.

A commit waits for the disk, and whoever comes meanwhile shares the next one. Under load the thread
waits a little until as many have come as last time: a commit costs the same for one as for ten. It
also stands between the site and a store that hangs: a request waits for a bounded time, however
long the store does.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from .trouble import describe

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

#: Seconds that a request gives a thread which is late and runs only while a request does.
SLICE = 0.05


class _Job(Generic[T]):
    """An entry on its way. (A lock does what an ``Event`` does, at a tenth of its cost.)"""

    __slots__ = ("_done", "entry", "stays", "written")

    def __init__(self, entry: T, *, stays: bool = False) -> None:
        self.entry = entry
        self.stays = stays
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
    """Writes entries in groups. Of use only to the process that made it, and to threads of the
    kind that there were then (:func:`.threads.kind`).

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
        # Of a Lock, which is all that gevent and eventlet replace without exception.
        self._changed = threading.Condition(threading.Lock())
        self._queue: deque[_Job[T]] = deque()
        #: What must not be dropped, however much waits.
        self._staying: deque[_Job[T]] = deque()
        self._thread: threading.Thread | None = None
        self._began: float | None = None
        self._under_way = 0
        #: How many entries make a group worth a commit: as many as the last one had.
        self._enough = 1
        #: What the store said when it failed last; ``None`` once it works again.
        self.failure: str | None = None

    @property
    def waiting(self) -> int:
        """How many entries are not written yet, with those that are being written."""
        return self._queued + self._under_way

    @property
    def _queued(self) -> int:
        return len(self._staying) + len(self._queue)

    def add(self, entry: T) -> None:
        """Has ``entry`` written soon. It is never dropped: for the few entries that come once."""
        self._enqueue(_Job(entry, stays=True))

    def write(self, entry: T) -> bool:
        """Has ``entry`` written, and says whether it is durable. If it is not in time, it is
        tried again later, as long as this process lives.

        Nobody waits for a store that is known to be down, or that has kept others waiting for
        too long already.

        :raises RuntimeError: if the system has no room for a thread.
        """
        job = _Job(entry)
        if self._enqueue(job):
            job.wait(self.wait)
        return job.written

    def _enqueue(self, job: _Job[T]) -> bool:
        """Puts ``job`` into the queue, and says whether it is worth waiting for."""
        with self._changed:
            self._put(job)
            if not self._is_working():
                self._start()
            if self._queued in (1, self._enough):
                self._changed.notify()
            began = self._began
        hangs = began is not None and time.monotonic() - began > self.wait
        return self.failure is None and not hangs

    def _put(self, job: _Job[T]) -> None:
        if job.stays:
            self._staying.append(job)
            return
        if len(self._queue) >= BACKLOG:
            self._queue.popleft()
        self._queue.append(job)

    def _put_back(self, jobs: list[_Job[T]]) -> None:
        self._under_way = 0
        for job in reversed(jobs):
            (self._staying if job.stays else self._queue).appendleft(job)

    def _is_working(self) -> bool:
        # One that was killed before it ran has not said that it ended.
        return self._thread is not None and self._thread.is_alive()

    def _start(self) -> threading.Thread:
        self._began = None
        self._under_way = 0
        thread = threading.Thread(target=self._work, name="consent-records", daemon=True)
        thread.start()
        self._thread = thread
        return thread

    def _work(self) -> None:
        try:
            self._write_groups()
        finally:
            # It may have been killed: gevent does that to greenlets. Who came while it was dying
            # took it for one that works.
            with self._changed:
                if self._thread is threading.current_thread():
                    self._thread = None
                    if self._queued:
                        self._start()

    def _write_groups(self) -> None:
        pause = FIRST_PAUSE
        while jobs := self._take():
            if self._try(jobs):
                pause = FIRST_PAUSE
            else:
                with self._changed:
                    self._put_back(jobs)
                    self._began = None
                    self._changed.wait_for(lambda: False, pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _take(self) -> list[_Job[T]]:
        """The next group; none once there was nothing to do for a while."""
        with self._changed:
            self._began = None
            self._under_way = 0
            if not self._changed.wait_for(lambda: self._queued, IDLE):
                self._thread = None
                return []
            self._changed.wait_for(lambda: self._queued >= self._enough, GATHER)
            self._began = time.monotonic()
            jobs = self._next_group()
            self._enough = len(jobs)
            return jobs

    def _next_group(self) -> list[_Job[T]]:
        number = self._under_way = min(GROUP, self._queued)
        return [(self._staying or self._queue).popleft() for _ in range(number)]

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
            said = describe(error)
            if self.failure is None:
                logger.error("consent records are pending, their store fails: %s", said)
            self.failure = said
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


class InlineWriter(Writer[T]):
    """Writes while a request waits, and never between requests: for processes whose threads stop
    with the request, be it in the middle of a transaction (:func:`.threads.run_on`).

    What is only added goes with the next entry that a request waits for.

    :param commit: as that of :class:`Writer`; it has to give up after a quarter of ``wait``, as
        far as it can.
    """

    _again = 0.0
    _ends = 0.0
    _pause = 0.0

    def add(self, entry: T) -> None:
        with self._changed:
            self._put(_Job(entry, stays=True))

    def write(self, entry: T) -> bool:
        job = _Job(entry)
        with self._changed:
            self._put(job)
            now = time.monotonic()
            thread = self._thread
            if thread is not None and thread.is_alive():  # of a request that could wait no longer
                patience = max(SLICE, self._ends - now)
            elif self.failure is not None and now < self._again:
                return False
            else:
                self._ends = now + self.wait
                thread = self._start()
                patience = self.wait
        # For the thread, not for the job: what goes on when the request ends, stops.
        thread.join(patience)
        return job.written

    def _work(self) -> None:
        while jobs := self._take():
            if not self._try(jobs):
                with self._changed:
                    self._put_back(jobs)
                self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
                self._again = time.monotonic() + self._pause
                return
            self._pause = 0.0

    def _take(self) -> list[_Job[T]]:
        """The next group; none once half of the time is over."""
        with self._changed:
            self._under_way = 0
            late = time.monotonic() > self._ends - self.wait / 2
            return [] if late else self._next_group()
