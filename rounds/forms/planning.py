"""The questions by which a Round is planned, a page each.

Every form gets a `draft`, which knows what was answered before: `now`, `person`, `system`, `format` and `facts(step)`.
In return it offers `facts()`, its answers as ``scheduling.plan`` takes them, and `summary()`, the same in words.
"""

from datetime import time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst

from members.models import Organisation
from rounds.actions.arrangements import FURTHEST_AHEAD, LONGEST
from rounds.models import Round
from rounds.states import Format
from rounds_site.kit.fields import CheckboxesField, Form, RadioField, SplitDateField, TimeField, london
from rounds_site.kit.formats import nhs_date, nhs_moment, nhs_range, thousands
from rounds_site.kit.rendering import Field, Fieldset, Question

LINE, LINES = 120, 2000


class PlanForm(Form):
    heading = ""

    def __init__(self, *args, draft, **kwargs):
        self.draft = draft
        super().__init__(*args, **kwargs)

    def layout(self):
        return [Field(name, size="s") for name in self.fields]

    def facts(self):
        return self.cleaned_data


class SystemForm(PlanForm):
    system = RadioField(
        label="Which system is it for?", error_messages={"required": "Choose the system that the Round is for"}
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["system"].choices = [(str(each.pk), each.name) for each in self.draft.systems]

    def layout(self):
        return [Question("system")]

    def facts(self):
        return {"system": next(each for each in self.draft.systems if str(each.pk) == self.cleaned_data["system"])}

    def summary(self):
        return [("System", [self.facts()["system"].name])]


class AboutForm(PlanForm):
    heading = "What is it about?"

    title = forms.CharField(
        label="Title",
        max_length=LINE,
        help_text="Short and open, naming no one. For example, A patient I’ll never forget",
        error_messages={"required": "Enter a title", "max_length": f"The title must be {LINE} letters or fewer"},
    )
    subject = RadioField(
        label="Is it about a theme or a case?",
        choices=Round._meta.get_field("subject").choices,
        initial="theme",
        item_hints={
            "theme": "Stories from different places that share something",
            "case": "Several people who were part of the same story",
        },
        error_messages={"required": "Choose a theme or a case"},
    )
    about = forms.CharField(
        label="What people read before they book",
        required=False,
        max_length=LINES,
        widget=forms.Textarea({"rows": 5}),
        help_text="Two or three sentences. Leave out names, wards and dates, so that nobody can be recognised",
        error_messages={"max_length": f"This must be {thousands(LINES)} letters or fewer"},
    )

    def summary(self):
        subject = dict(self.fields["subject"].choices)[self.cleaned_data["subject"]]
        return [
            ("Title", [self.cleaned_data["title"]]),
            ("Theme or case", [subject]),
            ("What people read", self.cleaned_data["about"].splitlines() or ["Nothing yet"]),
        ]


class FormatForm(PlanForm):
    format = RadioField(
        label="How will people meet?",
        choices=Format.choices,
        item_hints={Format.HYBRID: "Some in a room, some by a link, with places for each"},
        error_messages={"required": "Choose how people will meet"},
    )

    def layout(self):
        return [Question("format")]

    def summary(self):
        return [("How people meet", [Format(self.cleaned_data["format"]).label])]


class WhenForm(PlanForm):
    heading = "When?"

    day = SplitDateField(label="Date", what="the date of the Round", help_text="For example, 4 8 2027")
    starts = TimeField(label="It starts at", what="the time it starts")
    ends = TimeField(label="It ends at", what="the time it ends", help_text="Most Rounds last an hour")

    def clean(self):
        given = super().clean()
        if {"day", "starts", "ends"} <= set(given):
            given["starts_at"] = self._moment("starts", given)
            given["ends_at"] = self._moment("ends", given)
            if given["starts_at"] and given["ends_at"]:
                self._refuse(given["starts_at"], given["ends_at"])
        return given

    def _moment(self, name, given):
        try:
            return london(given["day"], given[name])
        except ValidationError as skipped:
            self.add_error(name, skipped)

    def _refuse(self, starts_at, ends_at):
        now = self.draft.now
        if starts_at <= now:
            self.add_error("day", "The date of the Round must be in the future")
        elif starts_at > now + FURTHEST_AHEAD:
            self.add_error("day", "The date of the Round must be within the next 3 years")
        if ends_at <= starts_at:
            self.add_error("ends", "The time it ends must be after the time it starts")
        elif ends_at - starts_at > LONGEST:
            self.add_error("ends", "The time it ends must be within 8 hours of its start")

    def facts(self):
        return {name: self.cleaned_data[name] for name in ("starts_at", "ends_at")}

    def summary(self):
        when = self.facts()
        return [("When", [nhs_date(when["starts_at"]), capfirst(nhs_range(when["starts_at"], when["ends_at"]))])]


class WhoForm(PlanForm):
    heading = "Who is it for?"

    host = RadioField(label="Who hosts it?", error_messages={"required": "Choose who hosts the Round"})
    host_place = forms.ModelChoiceField(None, label="Which Place?", required=False, empty_label="Choose a Place")
    host_organisation = forms.ModelChoiceField(
        None, label="Which partner?", required=False, empty_label="Choose a partner"
    )
    partners = forms.ModelMultipleChoiceField(
        None,
        label="Which partners are invited?",
        widget=forms.CheckboxSelectMultiple,
        help_text="Their staff can find the Round and book. Untick those who are not invited this time",
        error_messages={
            "required": "Choose at least one partner to invite",
            "invalid_choice": "Choose from the partners shown",
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        system = self.draft.system
        partners = Organisation.objects.in_system(system, on=timezone.localdate(self.draft.now)).order_by("name")
        self.fields["host_organisation"].queryset = self.fields["partners"].queryset = partners
        self.fields["partners"].initial = partners
        self.fields["host_place"].queryset = system.places.order_by("name")
        self.has_places = system.places.exists()
        self.fields["host"].choices = [
            ("system", f"The whole of {system.short_name}"),
            *([("place", "A Place")] if self.has_places else []),
            ("organisation", "One partner"),
        ]
        self.fields["host"].initial = "system"

    def layout(self):
        reveals = {"place": Field("host_place", size="s", optional=False)} if self.has_places else {}
        return [
            Field(
                "host",
                size="m",
                reveals=reveals | {"organisation": Field("host_organisation", size="s", optional=False)},
            ),
            Field("partners", size="m", small=True),
        ]

    def clean(self):
        given = super().clean()
        for kind, sentence in (
            ("place", "Choose which Place hosts it"),
            ("organisation", "Choose which partner hosts it"),
        ):
            named = f"host_{kind}"
            if given.get("host") != kind:
                given[named] = None
            elif not given.get(named) and named not in self.errors:
                self.add_error(named, sentence)
        return given

    def facts(self):
        return {name: self.cleaned_data[name] for name in ("host_organisation", "host_place", "partners")}

    def summary(self):
        given = self.facts()
        host = given["host_organisation"] or given["host_place"] or self.draft.system
        invited, everyone = list(given["partners"]), self.fields["partners"].queryset.count()
        names = [each.name for each in invited]
        lines = [f"All {everyone} partners"] if len(names) == everyone > 1 else names
        return [("Host", [str(host)]), ("Invited", lines)]


class BookingForm(PlanForm):
    heading = "When does booking open, and when do we write?"

    opens_day = SplitDateField(label="Date", what="the date when booking opens")
    opens = TimeField(label="Time", what="the time when booking opens", help_text="")
    closes_day = SplitDateField(label="Date", what="the date when booking closes")
    closes = TimeField(label="Time", what="the time when booking closes", help_text="")
    reminders = CheckboxesField(
        label="When do we remind people who have a place?",
        choices=[("7", "A week before"), ("1", "The day before")],
        required=False,
        initial=["7", "1"],
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        starts_at = timezone.localtime(self.draft.facts("when")["starts_at"])
        closes_at = min(starts_at, starts_at.replace(hour=17, minute=0) - timedelta(days=1))
        if closes_at <= self.draft.now:
            closes_at = starts_at
        today = timezone.localdate(self.draft.now)
        self.initial = {
            "opens_day": today,
            "opens": time(9),
            "closes_day": closes_at.date(),
            "closes": closes_at.time(),
        }

    def layout(self):
        return [
            Fieldset(
                "Booking opens",
                Field("opens_day", size="s"),
                Field("opens", size="s"),
                hint="The invitation says so. You send that yourself, once you have seen how many people it goes to",
            ),
            Fieldset("Booking closes", Field("closes_day", size="s"), Field("closes", size="s")),
            Field("reminders", size="m", optional=False),
        ]

    def clean(self):
        given = super().clean()
        opens_at, closes_at = self._moment("opens", given), self._moment("closes", given)
        starts_at = self.draft.facts("when")["starts_at"]
        if closes_at and closes_at > starts_at:
            self.add_error("closes_day", f"Booking must close before the Round starts at {nhs_moment(starts_at)}")
        elif closes_at and closes_at <= self.draft.now:
            self.add_error("closes_day", "The date when booking closes must be in the future")
        elif opens_at and closes_at and opens_at >= closes_at:
            self.add_error("closes_day", "Booking must close after it opens")
        given["booking_opens_at"], given["booking_closes_at"] = opens_at, closes_at
        return given

    def _moment(self, name, given):
        if not given.get(name) or not given.get(f"{name}_day"):
            return None
        try:
            return london(given[f"{name}_day"], given[name])
        except ValidationError as skipped:
            self.add_error(name, skipped)

    def facts(self):
        given = self.cleaned_data
        days = [int(day) for day in given["reminders"]]
        return {name: given[name] for name in ("booking_opens_at", "booking_closes_at")} | {"reminder_days": days}

    def summary(self):
        given, labels = self.facts(), dict(self.fields["reminders"].choices)
        reminders = [labels[str(days)] for days in given["reminder_days"]]
        return [
            ("Booking opens", [capfirst(nhs_moment(given["booking_opens_at"]))]),
            ("Booking closes", [capfirst(nhs_moment(given["booking_closes_at"]))]),
            ("Reminders", reminders or ["None"]),
        ]
