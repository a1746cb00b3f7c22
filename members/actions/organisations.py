"""Partners, the Places they serve and the numbers of their staff."""

from django.db import IntegrityError, transaction
from django.db.models.functions import Length
from django.utils.text import slugify

from members.access import today
from members.models import Organisation, Place, PlaceEdge, StaffCount, System, SystemEdge
from rounds_site.kit.refusals import Refused


@transaction.atomic
def add_partner(*, system, name, sector, now, **facts):
    """A partner without an ODS code, as most charities and care providers are; it gets one of ours: L0001."""
    lock_partners()
    if Organisation.objects.in_system(system, on=today(now)).filter(name__iexact=name).exists():
        raise Refused(f"{name} is a partner already.")
    partner = Organisation.objects.create(code=_next_local_code(), local_code=True, name=name, sector=sector, **facts)
    SystemEdge.objects.create(system=system, organisation=partner, starts_on=today(now))
    return partner


def lock_partners():
    """One change of the list of partners at a time: two at once would find the same code free."""
    list(System.objects.select_for_update().order_by("pk"))


def _next_local_code():
    ours = Organisation.objects.filter(local_code=True, code__regex=r"^L[0-9]{4,}$")
    last = ours.order_by(Length("code"), "code").last()
    return f"L{int(last.code[1:]) + 1 if last else 1:04}"


@transaction.atomic
def correct(*, organisation, facts):
    """Set facts by hand. Each that differs is noted in `corrected`, so that no import writes over it."""
    standing = Organisation.objects.select_for_update().get(pk=organisation.pk)
    changed = [name for name, value in facts.items() if getattr(standing, name) != value]
    for name in changed:
        setattr(standing, name, facts[name])
    standing.corrected = sorted({*standing.corrected, *changed})
    standing.save(update_fields=[*changed, "corrected"])
    return standing


@transaction.atomic
def add_place(*, system, name):
    lock_partners()
    _refuse_a_second(system, name)
    return Place.objects.create(system=system, name=name, code=_free_code(name))


def rename_place(*, place, name):
    """Its code stays: addresses that people have kept go on working."""
    _refuse_a_second(place.system, name, but=place)
    place.name = name
    place.save(update_fields=["name"])
    return place


def _refuse_a_second(system, name, but=None):
    others = system.places.filter(name__iexact=name).exclude(pk=but.pk if but else None)
    if others.exists():
        raise Refused(f"{name} is a Place of {system.short_name} already.")


def _free_code(name):
    stem = slugify(name)[:25].strip("-") or "place"
    taken = set(Place.objects.filter(code__startswith=stem).values_list("code", flat=True))
    return next(code for code in _codes(stem, len(taken)) if code not in taken)


def _codes(stem, taken):
    yield stem
    yield from (f"{stem}-{number}" for number in range(2, taken + 3))


@transaction.atomic
def serve_place(*, organisation, place, now):
    """From today the organisation serves the Place."""
    try:
        with transaction.atomic():
            return PlaceEdge.objects.create(organisation=organisation, place=place, starts_on=today(now))
    except IntegrityError:
        raise Refused(f"{organisation} serves {place} already.") from None


def leave_place(*, organisation, place, now):
    """Today it serves the Place no longer; Rounds of earlier days keep it as it was."""
    open_edge = PlaceEdge.objects.filter(organisation=organisation, place=place, ends_on=None)
    if not open_edge.update(ends_on=today(now)):
        raise Refused(f"{organisation} does not serve {place}.")


@transaction.atomic
def count_staff(*, organisation, numbers, counted_on, source="typed"):
    """`numbers`: how many people of each staff group, on that day; what was said of the same day before is replaced."""
    return [
        StaffCount.objects.update_or_create(
            organisation=organisation,
            staff_group=group,
            counted_on=counted_on,
            defaults={"number": number, "source": source},
        )[0]
        for group, number in numbers.items()
    ]
