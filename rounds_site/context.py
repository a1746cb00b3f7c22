"""What every page is given: the names in its header, and the bar of links for whoever looks."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from members.access import navigation_of
from members.models import System

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


def site(request):
    """`navigation` is a list of {label, url, current}; `current` marks the longest address that leads here."""
    return {
        "service_name": settings.SERVICE_NAME,
        "system_name": SimpleLazyObject(system_name),
        "demo": settings.DEMO,
        "navigation": SimpleLazyObject(lambda: navigation(request)),
    }


def system_name():
    system = System.objects.order_by("created_at").only("name").first()
    return system.name if system else ""


def navigation(request):
    person = getattr(request, "user", None)
    signed_in = person is not None and person.is_authenticated
    bar = BARS[navigation_of(person, now=timezone.now()) if signed_in else "signed_out"]
    links = [(LINKS[name], reverse(name)) for name in bar]
    leading_here = [url for _, url in links if request.path == url or (url != "/" and request.path.startswith(url))]
    here = max(leading_here, key=len, default=None)
    return [{"label": label, "url": url, "current": url == here} for label, url in links]
