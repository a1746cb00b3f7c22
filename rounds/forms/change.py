"""What may change once a Round is planned: when it is, where it is and for how many, or that it is cancelled."""

from django import forms
from django.utils import timezone

from rounds.access import keeps_rooms_of
from rounds.actions import scheduling
from rounds.models import Round, TeamMember
from rounds.states import RoundState, Way
from rounds_site.kit.fields import PhoneField, RadioField
from rounds_site.kit.rendering import Button, Field, Question, form_helper

from .planning import AboutForm, PlanForm
from .rooms import FREED, PLACES, PlaceFields, PlacesForm, WhereForm
from .team import TeamForm
from .when import WhenForm

OF_ITS_ROOM = ("contact", "phone")


class RoundInHand:
    """A Round that exists, as the forms of a plan ask for it."""

    def __init__(self, round, *, person, now):
        self.round, self.person, self.now = round, person, now
        self.system, self.format = round.system, round.format


class WhatForm(PlanForm):
    what = RadioField(
        label="What is changing?",
        choices=[
            ("when", "The date or time"),
            ("where", "Where it is, or how many places there are"),
            ("words", "The title, or what people read"),
            ("team", "Who facilitates"),
            ("ring", "Whom to ring at short notice"),
            ("postpone", "It is postponed, and the new date is not known yet"),
            ("cancel", "It is cancelled"),
        ],
        item_hints={
            "words": "Nobody is written to, save diaries that show the title",
            "team": "Nobody is written to",
            "ring": "Nobody is written to",
        },
        error_messages={"required": "Choose what is changing"},
    )

    def __init__(self, *args, facilitates, postponed=False, **kwargs):
        super().__init__(*args, draft=None, **kwargs)
        left_out = ({"postpone"} if postponed else set()) | (set() if facilitates else {"team"})
        labels = {"when": "It has a new date"} if postponed else {}
        what = self.fields["what"]
        what.choices = [(key, labels.get(key, label)) for key, label in what.choices if key not in left_out]
        if postponed:
            what.item_hints = what.item_hints | {"where": "Nobody is written to before there is a new date"}

    @property
    def helper(self):
        # The button bears a name, so that an answer without a choice differs from a first look.
        return form_helper(Question("what"), Button("Continue", name="asked", value="1"), button="", method="get")


class MoveWhenForm(WhenForm):
    heading = "When is it now?"
    asks_again = False
    again_1 = again_2 = again_3 = None

    def __init__(self, *args, draft, **kwargs):
        starts_at, ends_at = (timezone.localtime(each) for each in (draft.round.starts_at, draft.round.ends_at))
        initial = {"starts": starts_at.time(), "ends": ends_at.time()}
        if draft.round.has_a_date:
            initial["day"] = starts_at.date()
        else:
            self.heading = "What is the new date?"
        super().__init__(*args, draft=draft, initial=initial, **kwargs)

    def facts(self):
        return {name: self.cleaned_data[name] for name in ("starts_at", "ends_at")}


class MoveWhereForm(PlaceFields, WhereForm):
    """The room and the number of places on one page, since one bounds the other."""

    heading = "Where is it now?"

    def __init__(self, *args, draft, **kwargs):
        round = draft.round
        initial = {"room": str(round.venue_id or ""), "joining_details": round.joining_details}
        initial |= {"joining_hours": round.joining_hours}
        initial |= {"places": round.places, "online_places": round.online_places}
        initial |= {"freed": FREED[round.gives_outright][0]}
        super().__init__(*args, draft=draft, initial=initial, **kwargs)
        if not round.needs_booking:
            del self.fields["freed"]

    def layout(self):
        places = [Field(name, size="m", width=4) for name in PLACES if name in self.fields]
        freed = [Field("freed", size="m", optional=False)] if "freed" in self.fields else []
        return [*super().layout(), *places, *freed]

    def clean(self):
        """A room that is too small for those who have a place is said so, and not as a bound for a number."""
        given, round, limit = super().clean(), self.draft.round, self.room_limit
        counts = round.state != RoundState.PLANNED and scheduling.is_facilitator(round, self.draft.person)
        if limit and counts and (refusal := scheduling.too_small(round, Way.IN_PERSON, limit)):
            self.errors.pop("places", None)
            self.add_error("places", str(refusal))
            self.needed = refusal.needed
        return given

    def rooms_for(self, needed):
        """Others that take so many and where no other Round meets at that time."""
        round = self.draft.round
        then = (
            Round.objects.exclude(state=RoundState.CANCELLED)
            .exclude(pk=round.pk)
            .filter(starts_at__lt=round.ends_at, ends_at__gt=round.starts_at)
        )
        taken = {round.venue_id, *then.values_list("venue", flat=True)}
        large = [room for room in self.rooms.values() if room.room_limit and room.room_limit >= needed]
        return [room for room in large if room.pk not in taken]

    def facts(self):
        return super().facts() | self.places_facts()


class CancelForm(PlanForm):
    heading = "Cancel this Round?"

    reason = forms.CharField(
        label="Why, in a few words",
        max_length=200,
        required=False,
        help_text="Everyone who is written to reads it. Leave out names. You can leave it empty",
    )

    def facts(self):
        return {"reason": self.cleaned_data["reason"]}


class PostponeForm(CancelForm):
    heading = "Postpone this Round?"


class RewordForm(AboutForm):
    heading = "What do people read?"

    subject = kind = None
    food = PlacesForm.base_fields["food"]

    def __init__(self, *args, draft, **kwargs):
        round = draft.round
        initial = {name: getattr(round, name) for name in ("title", "unit", "about", "food")}
        super().__init__(*args, draft=draft, initial=initial, **kwargs)
        if not round.is_for_part_of_a_partner:
            del self.fields["unit"]

    def clean_unit(self):
        return self.cleaned_data["unit"]

    def facts(self):
        return {"unit": ""} | self.cleaned_data


class RingForm(PlanForm):
    heading = "Whom do you ring at short notice?"
    button = "Save"

    contact = forms.CharField(
        label="About the room",
        max_length=100,
        required=False,
        help_text="A desk or a firm rather than a person. It stands with the room, for every Round there",
    )
    phone = PhoneField(label="Phone number for the room", required=False)
    caterer = forms.CharField(
        label="About the food",
        max_length=100,
        required=False,
    )
    caterer_phone = PhoneField(label="Phone number for the food", required=False)

    def __init__(self, *args, draft, **kwargs):
        round = draft.round
        initial = {"caterer": round.caterer, "caterer_phone": round.caterer_phone}
        if round.venue:
            initial |= {name: getattr(round.venue, name) for name in OF_ITS_ROOM}
        super().__init__(*args, draft=draft, initial=initial, **kwargs)
        if not round.venue or not keeps_rooms_of(draft.person, round.venue.organisation, now=draft.now):
            for name in OF_ITS_ROOM:
                del self.fields[name]

    def facts(self):
        given = dict(self.cleaned_data)
        of_room = {name: given.pop(name) for name in OF_ITS_ROOM if name in given}
        return given | {"of_room": of_room}


class RenameForm(TeamForm):
    def __init__(self, *args, draft, initial=None, **kwargs):
        team = TeamMember.objects.facilitating().filter(round=draft.round)
        named = [str(person) for person in team.values_list("person", flat=True).order_by("pk")]
        super().__init__(*args, draft=draft, initial=initial or {"facilitators": named}, **kwargs)


# What people are written to about, after a preview; and what is put right in silence.
TOLD = {"when": MoveWhenForm, "where": MoveWhereForm, "postpone": PostponeForm, "cancel": CancelForm}
SILENT = {"words": RewordForm, "team": RenameForm, "ring": RingForm}
