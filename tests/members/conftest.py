import pytest

from members.registry import Letter, letters

from .correspondents import Kind


@pytest.fixture
def kind(monkeypatch):
    kind = Kind()
    for name, rank in [("note", 0), ("circular", 1)]:
        letter = Letter(kind=name, template="rounds/reminder", read=kind.read, lock=kind.lock, lane_rank=rank)
        monkeypatch.setitem(letters._things, name, letter)
    return kind
