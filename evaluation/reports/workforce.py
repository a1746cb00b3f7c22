"""How many people work for the partners of a system, by the latest numbers that these have said."""

from collections import Counter, defaultdict
from dataclasses import dataclass

from evaluation.disclosure import SMALL_SECTOR
from evaluation.states import BROAD_GROUP_OF
from members.models import Organisation, StaffCount


@dataclass(frozen=True)
class Workforce:
    """A sector on one day: its partners, how many of them never said a number, and the staff of the others by broad
    kind of work; "" where it was not said."""

    partners: int
    uncounted: int
    by_work: Counter

    @property
    def staff(self) -> int:
        return self.by_work.total()


def workforces(system, *, on) -> dict[str, Workforce]:
    """Of each sector, as it was said until that day."""
    partners = dict(Organisation.objects.in_system(system, on=on).order_by().values_list("pk", "sector"))
    said = _said(partners, StaffCount.objects.filter(counted_on__lte=on))
    return {sector: _workforce(sector, partners, said) for sector in sorted(set(partners.values()))}


def large_employers(organisations, *, on=None) -> dict:
    """{key of an organisation: its staff} of those so large that a few who came are lost among them; as it was said
    until that day, or until now."""
    told = StaffCount.objects.all() if on is None else StaffCount.objects.filter(counted_on__lte=on)
    staff = {pk: groups.total() for pk, groups in _said(organisations, told).items()}
    return {pk: number for pk, number in staff.items() if number >= SMALL_SECTOR}


def _said(organisations, told):
    """{key: broad kind of work → staff}, by the latest number of each staff group."""
    told = told.filter(organisation__in=organisations).order_by("counted_on")
    latest = {}
    for organisation, group, number in told.values_list("organisation", "staff_group", "number"):
        latest[organisation, group] = number
    said = defaultdict(Counter)
    for (organisation, group), number in latest.items():
        said[organisation][BROAD_GROUP_OF.get(group, "")] += number
    return said


def _workforce(sector, partners, said):
    own = [pk for pk, of in partners.items() if of == sector]
    counted = [said[pk] for pk in own if pk in said]
    return Workforce(len(own), len(own) - len(counted), sum(counted, Counter()))


def together(sectors) -> Workforce:
    """Several sectors as one."""
    sectors = list(sectors)
    return Workforce(
        partners=sum(sector.partners for sector in sectors),
        uncounted=sum(sector.uncounted for sector in sectors),
        by_work=sum((sector.by_work for sector in sectors), Counter()),
    )
