"""A system whose figures are read on 3 March 2027."""

import pytest
import time_machine

from tests.worlds import NOON, small_world


@pytest.fixture
def world():
    with time_machine.travel(NOON, tick=False):
        yield small_world()
