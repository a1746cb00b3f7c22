"""Rounds that were held, and what the dashboard shows of them."""

import csv
import io
from datetime import datetime, timedelta
from itertools import takewhile

from django.urls import reverse

from evaluation.models import Release, ReleasedCell, ReleasedSector
from rounds.states import RoundState
from tests.factories.evaluation import RoundFigureFactory
from tests.factories.rounds import RoundFactory
from tests.worlds import LONDON


def held(world, month, day=4, *, year=2027, headcount=None, **options):
    starts_at = datetime(year, month, day, 12, 30, tzinfo=LONDON)
    state = options.pop("state", RoundState.CLOSED)
    round = RoundFactory(
        system=world.system,
        state=state,
        starts_at=starts_at,
        booking_opens_at=starts_at - timedelta(days=30),
        booking_closes_at=starts_at - timedelta(hours=1),
        **options,
    )
    if headcount != "none":
        RoundFigureFactory(round=round, headcount=headcount)
    return round


def address(world, **query):
    base = reverse("dashboard", args=[f"ics-{world.system.code.lower()}"])
    return base + ("?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else "")


def dashboard(client, world, **query):
    client.force_login(world.ines)
    answer = client.get(address(world, **query))
    assert answer.status_code == 200
    return answer


def figure(client, world, name, **query):
    return next(each for each in dashboard(client, world, **query).context["figures"] if each["id"] == name)


def file_address(world, name):
    return reverse("dashboard_file", args=[f"ics-{world.system.code.lower()}", name])


def table(client, world, name, **query):
    client.force_login(world.ines)
    answer = client.get(file_address(world, name), query)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    return rows_of(answer)


def rows_of(answer):
    """The table of a file: what stands below it begins with an empty line."""
    lines = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    return list(takewhile(bool, lines))


def release(world, half_year, sectors, *, rounds=3, left_out=0, **tables):
    """`sectors`: sector → (how many came, staff), None standing for what is not known; `tables`: key of a table →
    {cell: (number, staff)}."""
    made = Release.objects.create(system=world.system, half_year=half_year, rounds=rounds, left_out=left_out)
    for sector, (came, staff) in sectors.items():
        ReleasedSector.objects.create(
            release=made, sector=sector, staff=staff or 0, partners=1, uncounted=int(staff is None)
        )
        if staff is not None:
            ReleasedCell.objects.create(
                release=made, table="work", cell=f"{sector}/not_said", number=came or 0, staff=staff
            )
    for table, cells in tables.items():
        for cell, (number, staff) in cells.items():
            ReleasedCell.objects.create(release=made, table=table, cell=cell, number=number, staff=staff)
    return made
