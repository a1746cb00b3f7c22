"""What may change once a Round is planned: when it is, where it is and for how many, or that it is cancelled."""

from django import forms
from django.utils import timezone

from rounds.models import TeamMember
from rounds.states import TeamPart
from rounds_site.kit.fields import RadioField
from rounds_site.kit.rendering import Button, Field, Question, form_helper

from .planning import AboutForm, PlanForm, WhenForm
from .rooms import PLACES, PlaceFields, PlacesForm, WhereForm
from .team import TeamForm


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
            ("cancel", "It is cancelled"),
        ],
        item_hints={"words": "Nobody is written to", "team": "Nobody is written to"},
        error_messages={"required": "Choose what is changing"},
    )

    def __init__(self, *args, facilitates, **kwargs):
        super().__init__(*args, draft=None, **kwargs)
        if not facilitates:
            self.fields["what"].choices = [each for each in self.fields["what"].choices if each[0] != "team"]

    @property
    def helper(self):
        # The button bears a name, so that an answer without a choice differs from a first look.
        return form_helper(Question("what"), Button("Continue", name="asked", value="1"), button="", method="get")


class MoveWhenForm(WhenForm):
    heading = "When is it now?"

    def __init__(self, *args, draft, **kwargs):
        starts_at, ends_at = (timezone.localtime(each) for each in (draft.round.starts_at, draft.round.ends_at))
        initial = {"day": starts_at.date(), "starts": starts_at.time(), "ends": ends_at.time()}
        super().__init__(*args, draft=draft, initial=initial, **kwargs)


class MoveWhereForm(PlaceFields, WhereForm):
    """The room and the number of places on one page, since one bounds the other."""

    heading = "Where is it now?"

    def __init__(self, *args, draft, **kwargs):
        round = draft.round
        initial = {"room": str(round.venue_id or ""), "joining_details": round.joining_details}
        initial |= {"places": round.places, "online_places": round.online_places}
        super().__init__(*args, draft=draft, initial=initial, **kwargs)

    def layout(self):
        places = [Field(name, size="m", width=4) for name in PLACES if name in self.fields]
        return super().layout() + places

    def facts(self):
        return super().facts() | self.places_facts()


class CancelForm(PlanForm):
    heading = "Cancel this Round?"

    reason = forms.CharField(
        label="Why, in a few words",
        max_length=200,
        required=False,
        help_text="Everyone who is written to reads it. Leave out names. You can leave it empty",
        error_messages={"max_length": "The reason must be 200 letters or fewer"},
    )

    def facts(self):
        return {"reason": self.cleaned_data["reason"]}


class RewordForm(AboutForm):
    heading = "What do people read?"

    subject = None
    food = PlacesForm.base_fields["food"]

    def __init__(self, *args, draft, **kwargs):
        round = draft.round
        initial = {"title": round.title, "about": round.about, "food": round.food}
        super().__init__(*args, draft=draft, initial=initial, **kwargs)


class RenameForm(TeamForm):
    def __init__(self, *args, draft, initial=None, **kwargs):
        team = TeamMember.objects.filter(round=draft.round, part=TeamPart.FACILITATOR)
        named = [str(person) for person in team.values_list("person", flat=True).order_by("pk")]
        super().__init__(*args, draft=draft, initial=initial or {"facilitators": named}, **kwargs)


# What people are written to about, after a preview; and what is put right in silence.
TOLD = {"when": MoveWhenForm, "where": MoveWhereForm, "cancel": CancelForm}
SILENT = {"words": RewordForm, "team": RenameForm}
