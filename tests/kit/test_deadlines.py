"""What has no end by itself is ended in time, by one thread."""

import threading
import time

from rounds_site.kit.deadlines import Deadlines


def in_seconds(seconds):
    return time.monotonic() + seconds


def threads():
    return [each for each in threading.enumerate() if each.name.startswith("deadlines")]


def test_acts_on_what_lasts_too_long_once_and_on_nothing_else():
    deadlines, acted = Deadlines(), []
    with deadlines.watch(in_seconds(30), lambda: acted.append("long")):
        with deadlines.watch(in_seconds(0.1), lambda: acted.append("short")):
            time.sleep(0.4)
        with deadlines.watch(in_seconds(0.1), lambda: acted.append("in time")):
            pass
        time.sleep(0.3)
    assert acted == ["short"]


def test_a_time_that_comes_earlier_than_all_others_is_kept_too():
    deadlines, over = Deadlines(), threading.Event()
    with deadlines.watch(in_seconds(30), lambda: None), deadlines.watch(in_seconds(0.1), over.set):
        assert over.wait(5)


def test_many_blocks_are_looked_after_by_one_thread_which_goes_when_there_is_nothing_left():
    deadlines, before = Deadlines(), len(threads())
    for _ in range(50):
        with deadlines.watch(in_seconds(0.5), lambda: None):
            assert len(threads()) == before + 1
    ends_at = in_seconds(5)
    while len(threads()) > before:
        assert time.monotonic() < ends_at
        time.sleep(0.05)
    over = threading.Event()
    with deadlines.watch(in_seconds(0.1), over.set):
        assert over.wait(5)
