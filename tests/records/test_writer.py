"""Group commit, and a store that fails or hangs (P3, R52)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from flask_cookie_consent.records import writer as module
from flask_cookie_consent.records.writer import InlineWriter, Writer

#: Longer than anything here takes.
AMPLE = 30.0


class Store:
    """Stands in for a database: it can be held up, and be told to fail."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.attempts = 0
        self.failing: Exception | None = None
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.arrived = threading.Event()
        self.changed = threading.Condition()

    def commit(self, entries: list[str]) -> None:
        self.attempts += 1
        self.arrived.set()
        assert self.goes_on.wait(AMPLE)
        if self.failing is not None:
            raise self.failing
        if any("unfit" in entry for entry in entries):
            raise ValueError("unfit")
        with self.changed:
            self.groups.append(entries)
            self.changed.notify_all()

    def wait_for(self, number: int) -> None:
        """Waits until so many entries are written."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.written) >= number, AMPLE)

    @property
    def written(self) -> list[str]:
        return [entry for group in self.groups for entry in group]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.001)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.01)


@pytest.fixture
def store() -> Iterator[Store]:
    store = Store()
    yield store
    store.goes_on.set()


def make(store: Store, wait: float = AMPLE) -> Writer[str]:
    return Writer(store.commit, unfit=(ValueError,), wait=wait)


def test_an_entry_is_written_before_the_answer(store: Store) -> None:
    assert make(store).write("a")
    assert store.groups == [["a"]]


def test_who_comes_while_others_commit_shares_the_next_commit(store: Store) -> None:
    writer = make(store)
    with ThreadPoolExecutor(11) as pool:
        store.goes_on.clear()
        first = pool.submit(writer.write, "first")
        assert store.arrived.wait(AMPLE)
        others = [pool.submit(writer.write, str(n)) for n in range(10)]
        while writer.waiting < 11:  # with the first, which is under way
            pass
        store.goes_on.set()
        assert first.result()
        assert all(other.result() for other in others)
    assert [len(group) for group in store.groups] == [1, 10]


def test_an_entry_that_fits_no_store_is_dropped_alone(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    writer = make(store)
    with ThreadPoolExecutor(4) as pool:
        store.goes_on.clear()
        pool.submit(writer.write, "first")
        assert store.arrived.wait(AMPLE)
        others = {name: pool.submit(writer.write, name) for name in ("a", "unfit", "b")}
        while writer.waiting < 4:
            pass
        store.goes_on.set()
        answers = {name: future.result() for name, future in others.items()}
    assert answers == {"a": True, "unfit": False, "b": True}
    assert "cannot be stored" in caplog.text


def test_while_the_store_fails_nobody_waits_and_nothing_is_lost(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    store.failing = OSError("disk full")
    writer = make(store)
    assert not writer.write("a")
    assert writer.failure == "disk full"
    assert not writer.write("b")
    store.failing = None
    store.wait_for(2)
    while writer.failure:
        store.goes_on.wait()
    assert writer.write("c")
    assert store.written == ["a", "b", "c"]
    said = [record.message for record in caplog.records]
    assert said == [
        "consent records are pending, their store fails: disk full",
        "the store of consent records works again",
    ]


def test_a_store_that_hangs_holds_up_one_request_for_a_bounded_time_and_then_none(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = make(store, wait=0.05)
    store.goes_on.clear()
    assert not writer.write("a")
    # By now the others know: they do not wait at all, whatever the bound is.
    writer.wait = AMPLE
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + 2 * AMPLE)
    assert not any(writer.write(str(n)) for n in range(100))
    store.goes_on.set()
    store.wait_for(101)


def test_whatever_happens_there_is_one_thread(store: Store) -> None:
    store.failing = OSError("down")
    writer = make(store)
    before = threading.active_count()
    for n in range(200):
        writer.write(str(n))
    assert threading.active_count() <= before + 1


def test_what_waits_in_memory_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKLOG", 5)
    store.goes_on.clear()
    writer = make(store, wait=0.001)
    writer.write("first")
    assert store.arrived.wait(AMPLE)
    for n in range(20):
        writer.write(str(n))
    assert writer.waiting == 5 + 1  # with the one that is under way
    store.goes_on.set()
    with store.changed:
        assert store.changed.wait_for(lambda: "19" in store.written, AMPLE)


def test_without_work_the_thread_ends_and_the_next_entry_starts_another(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IDLE", 0.001)
    others = set(threading.enumerate())
    writer = make(store)
    for name in ("a", "b"):
        assert writer.write(name)
        for thread in set(threading.enumerate()) - others:
            thread.join(AMPLE)
            assert not thread.is_alive()
    assert store.written == ["a", "b"]


def test_what_comes_only_once_is_not_dropped_however_much_waits(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BACKLOG", 5)
    store.failing = OSError("down")
    writer = make(store)
    writer.add("once")
    for n in range(20):
        writer.write(str(n))
    store.failing = None
    with store.changed:
        assert store.changed.wait_for(lambda: "19" in store.written, AMPLE)
    assert "once" in store.written


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_was_killed_is_followed_by_another(store: Store) -> None:
    """gevent kills greenlets, by an exception that is none of ours."""
    writer = make(store, wait=0.05)
    store.failing = SystemExit()  # type: ignore[assignment]
    assert not writer.write("lost with its thread")
    store.failing = None
    writer.wait = AMPLE
    assert writer.write("b")
    assert writer.write("c")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_came_while_a_thread_was_dying_is_written_by_another(store: Store) -> None:
    def commit(entries: list[str]) -> None:
        if "lost" in entries:
            store.arrived.set()
            assert store.goes_on.wait(AMPLE)
            raise SystemExit
        store.commit(entries)

    writer = Writer(commit, wait=0.001)
    store.goes_on.clear()
    writer.write("lost")
    assert store.arrived.wait(AMPLE)
    writer.write("b")
    store.goes_on.set()
    store.wait_for(1)
    assert store.written == ["b"]


# -- Where threads stop with the request ------------------------------------------------------


def inline(store: Store, wait: float = AMPLE) -> InlineWriter[str]:
    return InlineWriter(store.commit, unfit=(ValueError,), wait=wait)


def test_nothing_goes_on_once_a_request_is_answered(store: Store) -> None:
    writer = inline(store)
    before = threading.active_count()
    writer.add("shown")
    assert store.attempts == 0
    assert writer.write("a")
    assert store.groups == [["shown", "a"]]
    assert threading.active_count() == before


def test_what_could_not_be_written_goes_with_a_later_request(store: Store) -> None:
    writer = inline(store)
    store.failing = OSError("disk full")
    assert not writer.write("a")
    attempts = store.attempts
    while store.attempts == attempts:  # until the pause is over nobody waits
        assert not writer.write("b")
    store.failing = None
    while not writer.write("c"):
        pass
    assert writer.waiting == 0
    assert store.written[0] == "a"
    assert store.written[-1] == "c"


def test_a_store_that_hangs_holds_up_each_request_for_a_moment(store: Store) -> None:
    writer = inline(store, wait=0.05)
    store.goes_on.clear()
    assert not any(writer.write(str(n)) for n in range(3))
    store.goes_on.set()
    while not writer.write("last"):
        pass
    assert sorted(store.written[:3]) == ["0", "1", "2"]
