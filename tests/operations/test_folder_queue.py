"""The queue of a portal without Redis: rounds_site/folder_queue.py."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from queue import Empty

import pytest
from kombu import Connection

from rounds_site import folder_queue

MESSAGES = 400


@pytest.fixture
def connect(tmp_path):
    folder = str(tmp_path)
    options = {"data_folder_in": folder, "data_folder_out": folder, "control_folder": str(tmp_path / "control")}
    # A name of its own: a process remembers for good which queues it has declared.
    return lambda: Connection(folder_queue.ADDRESS, transport_options=options).SimpleQueue(f"queue-{uuid.uuid4().hex}")


def test_what_is_put_in_comes_out_once(connect):
    with connect() as queue:
        for number in range(3):
            queue.put({"number": number})
        assert {queue.get(block=False).payload["number"] for _ in range(3)} == {0, 1, 2}
        with pytest.raises(Empty):
            queue.get(block=False)


def test_a_message_is_found_only_when_it_is_whole(connect, tmp_path):
    """Where a file is opened under its own name and written to then, it can be seen empty."""

    def put_all():
        with connect() as queue:
            for number in range(MESSAGES):
                queue.put({"number": number})

    sizes = set()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(put_all)
        while not writing.done():
            sizes |= {file.stat().st_size > 0 for file in tmp_path.glob("*.msg")}
        writing.result()
    assert sizes == {True}
    assert len(list(tmp_path.glob("*.msg"))) == MESSAGES


def test_what_a_killed_process_left_unfinished_is_no_message(connect, tmp_path):
    with connect() as queue:
        (tmp_path / "1_a.part").touch()
        queue.put({"number": 1})
        assert queue.get(block=False).payload == {"number": 1}
