"""What every page is given: the names in its header, and the bar of links for whoever looks."""

from functools import lru_cache

from django.conf import settings
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from members.access import navigation_of, today
from members.models import Membership, System, SystemEdge
from members.reports import employers_to_turn_to
from rounds_site.health import to_heed
from rounds_site.kit.links import address
from rounds_site.kit.prepared import Rows

LINKS = {
    "what_happens": "What happens",
    "promises": "Our promises",
    "feedback": "Give feedback",
    "home": "Home",
    "find_rounds": "Find a Round",
    "my_rounds": "My Rounds",
    "organise": "Organise",
    "figures": "Figures",
    "manage": "Manage",
}

BARS = {
    "signed_out": ["what_happens", "promises", "feedback"],
    "staff": ["home", "find_rounds", "my_rounds"],
    "organiser": ["home", "find_rounds", "my_rounds", "organise", "figures"],
    "administrator": ["home", "find_rounds", "my_rounds", "organise", "manage"],
    "governance": ["home", "find_rounds", "my_rounds", "manage"],
    "lead": ["home", "find_rounds", "organise", "figures", "manage"],
}

# Its address says that it is drawn from figures alone; but it is Organise that leads there, and back.
UNDER_ORGANISE = {"returns", "make_return"}


def site(request):
    """`navigation` is a list of {label, url, current}; `current` marks the longest address that leads here,
    or what it stands under.

    `own_support` are the reader's own employers that say whom their staff can turn to.
    `own_systems` are the systems of those employers; those who work nowhere have the oldest. `notices` are those of
    their licensors.
    `to_heed` is what whoever looks after letters should see to, for components/to_heed.html."""
    seen, systems = SimpleLazyObject(look), SimpleLazyObject(lambda: own_systems(request))
    return {
        "service_name": settings.SERVICE_NAME,
        "look": seen,
        "demo": settings.DEMO,
        "navigation": SimpleLazyObject(lambda: navigation(request)),
        "own_support": SimpleLazyObject(lambda: own_support(request)),
        "own_systems": systems,
        "notices": SimpleLazyObject(lambda: notices(request, systems, seen)),
        "to_heed": SimpleLazyObject(lambda: to_heed(request.user, systems=seen["systems"], now=timezone.now())),
    }


def look():
    """What the oldest system says of itself on every page, and the licensors' `notices` of all, the oldest first;
    `colour` as it stands in the address of its sheet; and in the same query all `systems`, with their successors."""
    known = _systems_with_logos().run()
    systems = [each for each in known if each.successor is None]
    system = next(iter(systems), None)
    return {
        "systems": known,
        "name": system.name if system else "",
        "notices": list(dict.fromkeys(each.licensor_notice for each in systems)),
        "colour": system.colour.removeprefix("#") if system else "",
        "logo": getattr(system, "logo", None),
    }


@lru_cache(maxsize=1)
def _systems_with_logos():
    return Rows(System.objects.with_successors().select_related("logo").defer("logo__content"))


def own_support(request):
    person = getattr(request, "user", None)
    signed_in = person is not None and person.is_authenticated
    return employers_to_turn_to(person, on=today(timezone.now())) if signed_in else []


def own_systems(request):
    person = getattr(request, "user", None)
    standing = System.objects.standing().order_by("created_at", "pk")
    theirs = []
    if person is not None and person.is_authenticated:
        on = today(timezone.now())
        works = Membership.objects.in_force(on).filter(person=person).values("organisation")
        edges = SystemEdge.objects.in_force(on).filter(organisation__in=works).values("system")
        theirs = list(standing.filter(pk__in=edges))
    return theirs or list(standing[:1])


def notices(request, systems, seen):
    """Each wording once; signed out that of the oldest system. Whose systems these are is asked only where they do not
    all say the same."""
    person = getattr(request, "user", None)
    found = seen["notices"]
    if person is None or not person.is_authenticated:
        found = found[:1]
    elif len(found) > 1:
        found = dict.fromkeys(each.licensor_notice for each in systems)
    return list(filter(None, found))


def navigation(request):
    person = getattr(request, "user", None)
    signed_in = person is not None and person.is_authenticated
    bar = BARS[navigation_of(person, now=timezone.now()) if signed_in else "signed_out"]
    links = [(LINKS[name], address(name)) for name in bar]
    at = getattr(request.resolver_match, "url_name", None)
    path = address("organise") if at in UNDER_ORGANISE else request.path
    leading_here = [url for _, url in links if path == url or (url != "/" and path.startswith(url))]
    here = max(leading_here, key=len, default=None)
    return [{"label": label, "url": url, "current": url == here} for label, url in links]
