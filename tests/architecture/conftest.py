from contextlib import ExitStack, contextmanager

import pytest
import time_machine
from django.db import transaction

from tests.architecture.realm import make_realm
from tests.worlds import NOON


@pytest.fixture(scope="module")
def whole_realm(django_db_setup, django_db_blocker):
    """Made once for a module, since every test takes back what it changed. Not longer: others would find it there."""
    with django_db_blocker.unblock(), time_machine.travel(NOON, tick=False), taken_back():
        yield make_realm()


@pytest.fixture
def realm(whole_realm):
    with taken_back():
        yield whole_realm


@contextmanager
def taken_back():
    with ExitStack() as stack:
        for alias in ("default", "box"):
            of_the_test = transaction.atomic(using=alias)
            of_the_test._from_testcase = True  # as Django marks its own: what must not be nested may stand in it
            stack.enter_context(of_the_test)
        yield
        for alias in ("default", "box"):
            transaction.set_rollback(True, using=alias)
