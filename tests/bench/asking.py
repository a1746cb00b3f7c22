"""Who asks for which page: each page of the matrix by one asker of each role that gets in, who sees what it lists."""

from dataclasses import dataclass

from tests.architecture.asking import address_of
from tests.architecture.expected import ASKERS, IN, LED_ON, ROUTES


@dataclass(frozen=True)
class Page:
    key: str
    asker: str
    address: str

    @property
    def role(self):
        return self.asker.partition(",")[0]

    @property
    def sees(self):
        """Whether the rows of the list are there for whoever asks."""
        route = ROUTES[self.key]
        seen_by = route.shows | route.names | route.words
        return self.asker in seen_by or not seen_by


def pages_of(realm):
    """What only acts is no page: a GET leads elsewhere."""
    keys = [key for key, route in ROUTES.items() if route.get is not LED_ON]
    return [Page(key, asker, address_of(key, realm)) for key in keys for asker in askers_of(key)]


def askers_of(key):
    """Of each role the one that is let in and sees most; of two that see the same the one with the widest scope."""
    route, found = ROUTES[key], {}
    for asker in sorted(ASKERS, key=lambda each: (each in route.names, each in route.shows, each.endswith("system"))):
        if route.get[asker] == IN:
            found[asker.partition(",")[0]] = asker
    return found.values()
