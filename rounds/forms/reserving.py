"""Places of a plan that are reserved from the beginning, asked for beside how many there are."""

from django import forms
from django.utils.text import capfirst

from members.roles import SECTORS
from rounds.actions import keeping
from rounds.models import Round
from rounds.states import WAYS, Keeping, RoundState, Way
from rounds_site.kit.fields import NumberField, RadioField
from rounds_site.kit.formats import thousands
from rounds_site.kit.rendering import Details, Field, Fieldset

from .planning import PlanForm

# More are reserved under the Round's bookings.
ASKED = ("first", "second")
A_WEEK = 7


def whom(partners):
    """[(value, words)] of those for whom places are kept: partners, and the sectors that there are among them."""
    here = {partner.sector for partner in partners}
    sectors = [(code, f"Everybody in: {name}") for code, name in SECTORS.items() if code in here]
    return [*((str(partner.pk), partner.name) for partner in partners), *sectors]


def reserve_in_words(places, whom, days_before):
    return f"{thousands(places)} for {whom} until {days_before} days before"


def reserved_like(round):
    """What one would have typed for the reserves of that Round, released by now or not."""
    typed = {}
    reserves = round.kept_places.filter(kind=Keeping.RESERVE).order_by("created_at", "pk")
    for which, kept in zip(ASKED, reserves, strict=False):
        said = {"whom": kept.organisation_id or kept.sector, "number": kept.places, "days": kept.days_before}
        typed |= {f"{which}_{name}": value for name, value in (said | {"way": kept.way}).items()}
    return typed


class ReservingFields(PlanForm):
    """Up to as many reserves as are `ASKED`. A Round that is too near has none, nor one that nobody books
    (`needs_booking`)."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.latest = self._latest()
        self.asked = ASKED if self.latest >= keeping.SHORTEST else ()
        self.partners = list(self.draft.facts("who")["partners"]) if self.asked else []
        self.choices = [("", "Nobody"), *whom(self.partners)]
        for which in self.asked:
            self.fields |= {f"{which}_{name}": field for name, field in self._fields().items()}

    def _latest(self):
        """Of a series, each Round says for itself whether its day is near."""
        if self.draft.is_series:
            return keeping.LONGEST
        starts_at = self.draft.facts("when")["starts_at"]
        return keeping.most_days_before(Round(starts_at=starts_at, state=RoundState.PLANNED), now=self.draft.now)

    def _fields(self):
        said = keeping.days_said(self.latest)
        fields = {
            "whom": forms.ChoiceField(label="For whom?", required=False, choices=self.choices),
            "number": NumberField(
                label="How many places?",
                required=False,
                error_messages={"invalid": "The number of places must be a whole number, like 10"},
            ),
            "days": NumberField(
                label="Released how many days before the Round?",
                required=False,
                help_text=f"{capfirst(said)}; {min(A_WEEK, self.latest)} if you leave it empty",
                error_messages={"invalid": "The days must be a whole number, like 7"},
            ),
        }
        if len(WAYS[self.draft.format]) > 1:
            fields["way"] = RadioField(label="How do they come?", choices=Way.choices, required=False)
        return fields

    def reserving_layout(self):
        parts = [
            Fieldset(
                f"{capfirst(which)} reserve",
                *(
                    Field(f"{which}_{name}", size="s", width=None if name in ("whom", "way") else 4, optional=False)
                    for name in self._fields()
                ),
            )
            for which in self.asked
        ]
        return [Details("Reserve some of them for a partner or a sector", *parts)] if parts else []

    def clean(self):
        given = super().clean()
        for which in self.asked:
            self._clean_one(which, given)
        if not self.errors:
            self._refuse_more_than_there_are()
        return given

    def _clean_one(self, which, given):
        whom, number, days = (given.get(f"{which}_{name}") for name in ("whom", "number", "days"))
        if not whom:
            if number and f"{which}_whom" not in self.errors:
                self.add_error(f"{which}_whom", "Choose for whom they are")
            return
        if f"{which}_number" not in self.errors and not (number and number > 0):
            self.add_error(f"{which}_number", "Enter how many places, 1 or more")
        if days is not None and not keeping.SHORTEST <= days <= self.latest:
            self.add_error(f"{which}_days", f"Enter {keeping.days_said(self.latest)} before the Round")
        if f"{which}_way" in self.fields and not given.get(f"{which}_way"):
            self.add_error(f"{which}_way", "Choose how they come")

    def _refuse_more_than_there_are(self):
        reserves = self.reserves()
        theirs = [(each["way"], each["organisation"], each["sector"]) for each, _ in reserves]
        if len(set(theirs)) < len(theirs):
            self.add_error(f"{reserves[-1][1]}_whom", "Choose each of them once")
            return
        for each, which in reserves:
            there = self.cleaned_data["online_places" if each["way"] == Way.ONLINE else "places"]
            if sum(one["places"] for one, _ in reserves if one["way"] == each["way"]) > there:
                self.add_error(f"{which}_number", f"No more than {thousands(there)} can be reserved")
                return

    def reserves(self):
        """[(as ``scheduling.plan`` takes it, which of those `asked`)]"""
        found = []
        for which in self.asked if self.needs_booking else ():
            chosen = self.cleaned_data.get(f"{which}_whom")
            if chosen:
                partner = next((each for each in self.partners if str(each.pk) == chosen), None)
                days = self.cleaned_data[f"{which}_days"]
                said = {
                    "way": Way(self.cleaned_data.get(f"{which}_way") or WAYS[self.draft.format][0]),
                    "places": self.cleaned_data[f"{which}_number"],
                    "days_before": min(A_WEEK, self.latest) if days is None else days,
                    "organisation": partner,
                    "sector": "" if partner else chosen,
                }
                found.append((said, which))
        return found

    def reserves_in_words(self):
        return [
            reserve_in_words(each["places"], each["organisation"] or SECTORS[each["sector"]], each["days_before"])
            for each, _ in self.reserves()
        ]
