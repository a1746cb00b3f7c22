"""The licence of a system: what it says, which partners a memorandum covers, and that its end is seen in time.

The portal notes what was agreed elsewhere. It licenses nobody, and nothing stops where a licence has ended.
"""

import datetime as dt

from django.db import transaction

from members import emails
from members.access import today
from members.models import Coverage, Licence, System
from members.models.audit import Act
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.refusals import Refused

from . import audit

FACTS = ("holder", "number", "starts_on", "last_on")
# So many days before its last one a letter goes; who finds no worker for a week gets the next.
REMINDERS = (90, 30)
WITHIN = dt.timedelta(days=7)


@transaction.atomic
def keep(*, system, facts, by, now):
    """What stands of the licence from now on. Who changed what, from what to what, stands in the security log."""
    _lock(system)
    licence = Licence.objects.select_related("holder").filter(system=system).first() or Licence(system=system)
    changes = [[name, _in_words(getattr(licence, name)), _in_words(facts[name])] for name in FACTS]
    for name in FACTS:
        setattr(licence, name, facts[name])
    licence.save()
    changes = [each for each in changes if each[1] != each[2]]
    if changes:
        audit.record(Act.LICENCE_CHANGED, by=by, where=system, now=now, changes=changes)
    return licence


def _lock(system):
    """One change of it at a time, the first one too."""
    System.objects.select_for_update(no_key=True).get(pk=system.pk)


def _in_words(value):
    if isinstance(value, dt.date):
        return nhs_date(value, weekday=False)
    return str(value or "")


@transaction.atomic
def cover(*, licence, organisation, memorandum_on, by, now):
    _lock(licence.system)
    if licence.covers(organisation):
        raise Refused(f"{organisation} is covered already.")
    row = Coverage.objects.create(licence=licence, organisation=organisation, memorandum_on=memorandum_on)
    audit.record(Act.COVERAGE_NOTED, by=by, about=organisation.code, where=organisation, now=now)
    return row


@transaction.atomic
def take_out(*, coverage, by, now):
    """One row in the log, however many press at once."""
    _lock(coverage.licence.system)
    if Coverage.objects.filter(pk=coverage.pk).delete()[0]:
        partner = coverage.organisation
        audit.record(Act.COVERAGE_ENDED, by=by, about=partner.code, where=partner, now=now)


@transaction.atomic
def remind(*, now):
    """A letter to each administrator of the system, once for each of the days that are set."""
    on = today(now)
    for licence in Licence.objects.filter(last_on__gte=on).select_related("system"):
        for days in REMINDERS:
            if timely(licence, days, on):
                emails.licence_ending(licence, days, now=now)


def timely(licence, days, on):
    due = licence.last_on - dt.timedelta(days=days)
    return due <= on < due + WITHIN


# --- Mergers ------------------------------------------------------------------------------------------


def licences_of(organisations, now):
    """Keys of the licences that one of them holds, or which a memorandum lets one hold Rounds under."""
    covered = Coverage.objects.filter(organisation__in=organisations).values_list("licence", flat=True)
    held = Licence.objects.filter(holder__in=organisations).values_list("pk", flat=True)
    return sorted({*covered, *held})


def licences_in_words(number, name):
    return f"{name} goes on under the licence; ask the licensor whether the memorandum still holds."


def move_licences(organisation, successors, now):
    """What was agreed with one of them is said of the first who follows, until somebody there says otherwise."""
    heir = successors[0]
    for row in Coverage.objects.filter(organisation=organisation).select_related("licence"):
        if row.licence.covers(heir):
            row.delete()
        else:
            Coverage.objects.filter(pk=row.pk).update(organisation=heir)
    Licence.objects.filter(holder=organisation).update(holder=heir)


def licences_in(system, now):
    return list(Licence.objects.filter(system=system).values_list("pk", flat=True))


def licences_of_a_system_in_words(number, name):
    return f"The licence is noted for {name}; ask the licensor whether it still holds."


def move_to_system(system, successor_of, now):
    """Where the next one has a licence already, this one stays as it stood."""
    heir = successor_of(None)
    if not Licence.objects.filter(system=heir).exists():
        Licence.objects.filter(system=system).update(system=heir)
