"""Partners, the Places they serve and the numbers of their staff."""

from django.db import IntegrityError, transaction
from django.db.models.functions import Length
from django.utils.text import slugify

from members.access import today
from members.models import Organisation, Place, PlaceEdge, Site, StaffCount, System, SystemEdge
from members.models.audit import Act
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.refusals import Refused

from . import audit


@transaction.atomic
def add_partner(*, system, name, sector, now, by=None, **facts):
    """A partner without an ODS code, as most charities and care providers are; it gets one of ours: L0001."""
    lock_partners()
    if Organisation.objects.in_system(system, on=today(now)).filter(name__iexact=name).exists():
        raise Refused(f"{name} is a partner already.")
    partner = new_partner(name=name, sector=sector, **facts)
    SystemEdge.objects.create(system=system, organisation=partner, starts_on=today(now))
    audit.record(Act.ORGANISATION_ADDED, by=by, about=partner.code, where=partner, now=now)
    return partner


def new_partner(*, code="", **facts):
    """An organisation with its ODS code, or with the next one of ours. The list of partners must be locked."""
    return Organisation.objects.create(code=code or _next_local_code(), local_code=not code, **facts)


def lock_partners():
    """One change of the list of partners at a time: two at once would find the same code free."""
    list(System.objects.select_for_update(no_key=True).order_by("pk"))


def _next_local_code():
    ours = Organisation.objects.filter(local_code=True, code__regex=r"^L[0-9]{4,}$")
    last = ours.order_by(Length("code"), "code").last()
    return f"L{int(last.code[1:]) + 1 if last else 1:04}"


@transaction.atomic
def correct(*, organisation, facts, now, by=None):
    """Set facts by hand. Each that differs is noted in `corrected`, so that no import writes over it."""
    standing = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    changed = [name for name, value in facts.items() if getattr(standing, name) != value]
    for name in changed:
        setattr(standing, name, facts[name])
    standing.corrected = sorted({*standing.corrected, *changed})
    standing.save(update_fields=[*changed, "corrected"])
    if changed:
        _changed(standing, [name.replace("_", " ") for name in changed], by, now)
    return standing


@transaction.atomic
def set_own_words(*, organisation, words, now, by=None):
    """What it adds to letters to its own staff. Letters that have not left say it anew."""
    standing = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    if standing.own_words == words:
        return standing
    standing.own_words = words
    standing.save(update_fields=["own_words"])
    _changed(standing, ["its own words in letters"], by, now)
    return standing


@transaction.atomic
def add_place(*, system, name, now, by=None):
    lock_partners()
    _refuse_a_second(system, name)
    place = Place.objects.create(system=system, name=name, code=_free_code(name))
    audit.record(Act.PLACE_ADDED, by=by, about=place.code, where=place, now=now)
    return place


@transaction.atomic
def rename_place(*, place, name, now, by=None):
    """Its code stays: addresses that people have kept go on working."""
    lock_partners()
    _refuse_a_second(place.system, name, but=place)
    place.name = name
    place.save(update_fields=["name"])
    audit.record(Act.PLACE_RENAMED, by=by, about=place.code, where=place, now=now)
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
def serve_place(*, organisation, place, now, by=None):
    """From today the organisation serves the Place."""
    try:
        with transaction.atomic():
            edge = PlaceEdge.objects.create(organisation=organisation, place=place, starts_on=today(now))
    except IntegrityError:
        raise Refused(f"{organisation} serves {place} already.") from None
    _changed(organisation, [f"serves {place}"], by, now)
    return edge


@transaction.atomic
def leave_place(*, organisation, place, now, by=None):
    """Today it serves the Place no longer; Rounds of earlier days keep it as it was."""
    open_edge = PlaceEdge.objects.filter(organisation=organisation, place=place, ends_on=None)
    if not open_edge.update(ends_on=today(now)):
        raise Refused(f"{organisation} does not serve {place}.")
    _changed(organisation, [f"does not serve {place} any more"], by, now)


def _changed(organisation, what, by, now):
    audit.record(Act.ORGANISATION_CHANGED, by=by, about=organisation.code, where=organisation, now=now, what=what)


def _hold(organisation):
    """One change of its sites at a time: two at once would each find the name free, however it is written."""
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)


@transaction.atomic
def add_site(*, organisation, name, now, by=None):
    """Somewhere that its staff work. One that had ended under that name is there again."""
    _hold(organisation)
    again = organisation.sites.filter(name__iexact=name).first()
    if again and again.ended_on is None:
        raise Refused(f"{again} is a site of {organisation} already.")
    site = again or Site(organisation=organisation, name=name)
    site.ended_on = None
    site.save()
    _changed(organisation, [f"has the site {site}"], by, now)
    return site


@transaction.atomic
def rename_site(*, site, name, now, by=None):
    """Whoever works there goes on doing so."""
    _hold(site.organisation)
    if site.organisation.sites.filter(name__iexact=name).exclude(pk=site.pk).exists():
        raise Refused(f"There is a site {name} already, or there was one. Choose another name.")
    before, site.name = site.name, name
    site.save(update_fields=["name"])
    _changed(site.organisation, [f"calls the site {before} “{site}” now"], by, now)
    return site


@transaction.atomic
def end_site(*, site, now, by=None):
    """Nobody chooses it any more; who works there keeps it until a staff list or they themselves say otherwise."""
    site.ended_on = today(now)
    site.save(update_fields=["ended_on"])
    _changed(site.organisation, [f"has the site {site} no more"], by, now)
    return site


@transaction.atomic
def count_staff(*, organisation, numbers, counted_on, now, by=None, source="typed"):
    """`numbers`: how many people of each staff group, on that day; what was said of the same day before is replaced.
    Figures of reach are divided by them, so that it is written down who said so."""
    _changed(organisation, [f"staff numbers of {nhs_date(counted_on, weekday=False)}"], by, now)
    return [
        StaffCount.objects.update_or_create(
            organisation=organisation,
            staff_group=group,
            counted_on=counted_on,
            defaults={"number": number, "source": source},
        )[0]
        for group, number in numbers.items()
    ]
