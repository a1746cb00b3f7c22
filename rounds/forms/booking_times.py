"""When a Round can be booked, and when those who have a place are reminded."""

from datetime import time, timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst

from rounds.states import Kind
from rounds_site.kit.fields import CheckboxesField, SplitDateField, TimeField, london
from rounds_site.kit.formats import nhs_moment
from rounds_site.kit.rendering import Field, Fieldset

from .planning import PlanForm


def reminders_field():
    return CheckboxesField(
        label="When do we remind people who have a place?",
        choices=[("7", "A week before"), ("1", "The day before")],
        required=False,
        initial=["7", "1"],
    )


class BookingForm(PlanForm):
    heading = "When does booking open, and when do we write?"

    opens_day = SplitDateField(label="Date", what="the date when booking opens")
    opens = TimeField(label="Time", what="the time when booking opens", help_text="")
    closes_day = SplitDateField(label="Date", what="the date when booking closes")
    closes = TimeField(label="Time", what="the time when booking closes", help_text="")
    reminders = reminders_field()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        starts_at = timezone.localtime(self.draft.facts("when")["starts_at"])
        closes_at = min(starts_at, starts_at.replace(hour=17, minute=0) - timedelta(days=1))
        at_short_notice = self.draft.kind == Kind.RESPONSIVE
        if closes_at <= self.draft.now or at_short_notice:
            closes_at = starts_at
        self._offer_reminders(starts_at)
        if at_short_notice:
            self.fields["reminders"].initial = []
        today, template = timezone.localdate(self.draft.now), self.draft.template
        opens_on = max(today, starts_at.date() - timedelta(days=template.opens_days)) if template else today
        self.initial = {
            "opens_day": opens_on,
            "opens": time(9),
            "closes_day": closes_at.date(),
            "closes": closes_at.time(),
        }
        if template:
            self.initial["reminders"] = [str(day) for day in template.reminder_days]

    def _offer_reminders(self, starts_at):
        """Those that can still go; a day that has passed by then is passed over where it was ticked before."""
        field = self.fields["reminders"]
        passed = {day for day, _ in field.choices if starts_at - timedelta(days=int(day)) <= self.draft.now}
        field.choices = [each for each in field.choices if each[0] not in passed]
        field.initial = [day for day, _ in field.choices]
        if self.is_bound:
            self.data = self.data.copy()
            ticked = [day for day in self.data.getlist("reminders") if day not in passed]
            self.data.setlist("reminders", ticked)
        if not field.choices:
            field.help_text = "The Round is so near that none can go any more"

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
        opens_at = nhs_moment(given["booking_opens_at"])
        if given["booking_opens_at"] <= self.draft.now:
            opens_at = f"once the Round is published, as {opens_at} has passed"
        return [
            ("Booking opens", [capfirst(opens_at)]),
            ("Booking closes", [capfirst(nhs_moment(given["booking_closes_at"]))]),
            ("Reminders", reminders or ["None"]),
        ]
