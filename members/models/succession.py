"""What became of an organisation or a system: dated facts beside the edges, which say who belonged where and when."""

from collections import defaultdict
from functools import lru_cache

from django.db import models
from django.db.models import F, Q

from rounds_site.kit.models import Record
from rounds_site.kit.prepared import Rows
from rounds_site.kit.privacy import Kept

from .organisation import Organisation, System


class Kind(models.TextChoices):
    """A *merger* is also one that joins another, a *renaming* one that goes on alone under a new code."""

    MERGER = "merger", "Merger"
    RENAMING = "renaming", "New name"
    SPLIT = "split", "Division"


class SuccessionQuerySet(models.QuerySet):
    def whole(self):
        """Where all of the one went into the other: a division does not say which of its parts did what before."""
        return self.exclude(kind=Kind.SPLIT)

    def with_names(self):
        """Each with both partners, as far as figures tell of them: named contacts are people."""
        of_each = (f"{end}__{fact}" for end in ("predecessor", "successor") for fact in ("name", "sector"))
        return self.select_related("predecessor", "successor").only("kind", "on", *of_each)

    def heirs(self):
        """{key of an ended one: key of the one that it is part of today}, wherever all of it went one way."""
        return heirs_of(self.whole().order_by())

    def forebears(self):
        """{key of one that goes on: keys of all that are wholly part of it today}"""
        found = defaultdict(set)
        for ended, heir in self.heirs().items():
            found[heir].add(ended)
        return found


def heirs_of(steps):
    """The same from rows that were read already."""
    became = {step.predecessor_id: step.successor_id for step in steps if step.kind != Kind.SPLIT}
    return {ended: _last_of(ended, became) for ended in became}


def _last_of(key, became):
    while key in became:
        key = became[key]
    return key


def and_before(systems):
    """The keys of the systems and of those that became them, however many steps ago: what was done there is read by
    whoever looks after them now."""
    return _followed(systems, "successor_id", "predecessor_id")


def and_after(systems):
    """The keys of the systems and of those that went on from them, however many steps later: whoever looks after these
    reads what was shown there."""
    return _followed(systems, "predecessor_id", "successor_id")


def _followed(systems, here, there):
    steps = _all_steps().run()
    found = latest = set(systems)
    while latest:
        latest = {getattr(step, there) for step in steps if getattr(step, here) in latest} - found
        found = found | latest
    return found


@lru_cache(maxsize=1)
def _all_steps():
    """A portal has a handful of them, and many doors ask."""
    return Rows(SystemSuccession.objects.order_by("on", "pk"))


def _rules(name):
    """The database's own guard: nothing becomes itself, and what ended whole became one thing and no other."""
    return [
        models.CheckConstraint(condition=~Q(predecessor=F("successor")), name=f"{name}_of_another"),
        models.CheckConstraint(condition=Q(kind__in=Kind.values), name=f"{name}_known_kind"),
        models.UniqueConstraint(fields=["predecessor", "successor"], name=f"{name}_once"),
        models.UniqueConstraint(fields=["predecessor"], condition=~Q(kind=Kind.SPLIT), name=f"{name}_one_way"),
    ]


class Succession(Record):
    """From that day on the successor is what has become of the predecessor, or of a part of it."""

    privacy = {Kept.REFERENCE: "predecessor successor kind on"}

    predecessor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="became")
    successor = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="came_from")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    on = models.DateField()

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        constraints = _rules("succession")


class SystemSuccession(Record):
    """The same of integrated care systems. A Place goes on as it is, in the system that took it over."""

    privacy = {Kept.REFERENCE: "predecessor successor kind on"}

    predecessor = models.ForeignKey(System, on_delete=models.PROTECT, related_name="became")
    successor = models.ForeignKey(System, on_delete=models.PROTECT, related_name="came_from")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    on = models.DateField()

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        constraints = _rules("system_succession")
