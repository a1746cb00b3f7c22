"""Rounds to arrange."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from rounds_site.kit.refusals import Refused

LONDON = ZoneInfo("Europe/London")
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
WEDNESDAY = dt.datetime(2027, 8, 4, 12, 30, tzinfo=LONDON)


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        call(*args, **kwargs)
    return str(refused.value)
