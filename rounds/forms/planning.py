"""The questions by which a Round is planned, a page each.

Every form gets a `draft`, which knows what was answered before: `now`, `person`, `system`, `format` and `facts(step)`.
In return it offers `facts()`, its answers as ``scheduling.plan`` takes them, and `summary()`, the same in words.
"""

from datetime import datetime, time, timedelta
from functools import cached_property

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst

from members.models import Organisation
from rounds import clashes
from rounds.actions import sittings
from rounds.actions.arrangements import ALONE
from rounds.days import FURTHEST_AHEAD, LONGEST, day_it_ends
from rounds.models import Round
from rounds.states import KINDS_IN_SHORT, Format, Kind
from rounds_site.kit.fields import CheckboxesField, Form, RadioField, SplitDateField, TimeField, london, which_of_two
from rounds_site.kit.formats import nhs_date, nhs_moment, nhs_range, nhs_time
from rounds_site.kit.refusals import Refused
from rounds_site.kit.rendering import Button, Buttons, Field, Fieldset, Question, Words

LINE, LINES = 120, 2000


def reminders_field():
    return CheckboxesField(
        label="When do we remind people who have a place?",
        choices=[("7", "A week before"), ("1", "The day before")],
        required=False,
        initial=["7", "1"],
    )


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
        error_messages={"required": "Enter a title"},
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
    kind = RadioField(
        label="What kind of Round is it?",
        choices=Kind.choices,
        initial=Kind.ORDINARY,
        required=False,
        item_hints=KINDS_IN_SHORT,
    )
    about = forms.CharField(
        label="What people read before they book",
        required=False,
        max_length=LINES,
        widget=forms.Textarea({"rows": 5}),
        help_text="Two or three sentences. Leave out names, wards and dates, so that nobody can be recognised",
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if template := getattr(self.draft, "template", None):
            self.initial["kind"] = template.kind

    def layout(self):
        return [Field(name, size="s", optional=name != "kind") for name in self.fields]

    def clean_kind(self):
        return self.cleaned_data["kind"] or Kind.ORDINARY

    def summary(self):
        subject = dict(self.fields["subject"].choices)[self.cleaned_data["subject"]]
        return [
            ("Title", [self.cleaned_data["title"]]),
            ("Theme or case", [subject]),
            ("Kind", [Kind(self.cleaned_data["kind"]).label]),
            ("What people read", self.cleaned_data["about"].splitlines() or ["Nothing yet"]),
        ]


class FormatForm(PlanForm):
    format = RadioField(
        label="How will people meet?",
        choices=Format.choices,
        item_hints={Format.HYBRID: "Some in a room, some by a link, with places for each"},
        error_messages={"required": "Choose how people will meet"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if template := self.draft.template:
            self.initial["format"] = template.format

    def layout(self):
        return [Question("format")]

    def summary(self):
        return [("How people meet", [Format(self.cleaned_data["format"]).label])]


def ends_by_itself(form):
    """Where the plan began with a template, how long it lasts is known."""
    if template := getattr(form.draft, "template", None):
        form.fields["ends"].required = False
        form.fields["ends"].help_text = f"Leave it empty for {template.minutes} minutes"


def fill_in_the_end(form, given):
    template = getattr(form.draft, "template", None)
    if template and given.get("starts") and "ends" in given and given["ends"] is None:
        starts = datetime.combine(timezone.localdate(form.draft.now), given["starts"])
        given["ends"] = (starts + timedelta(minutes=template.minutes)).time()


AGAIN = ("again_1", "again_2", "again_3")


def again_field(label):
    return TimeField(label=label, what="the time", required=False, help_text="")


class WhenForm(PlanForm):
    heading = "When?"

    day = SplitDateField(label="Date", what="the date of the Round", help_text="For example, 4 8 2027")
    starts = TimeField(label="It starts at", what="the time it starts")
    ends = TimeField(
        label="It ends at",
        what="the time it ends",
        help_text="Most Rounds last an hour. At night, a time after midnight is the next morning’s",
    )

    again_1 = again_field("Second time")
    again_2 = again_field("Third time")
    again_3 = again_field("Fourth time")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        ends_by_itself(self)

    def clean(self):
        given = super().clean()
        fill_in_the_end(self, given)
        if {"day", "starts", "ends"} <= set(given):
            day, starts, ends = given["day"], given["starts"], given["ends"]
            given["starts_at"] = self._moment("starts", day, starts)
            given["ends_at"] = self._moment("ends", day_it_ends(day, starts, ends), ends)
            if given["starts_at"] and given["ends_at"]:
                self._refuse(given["starts_at"], given["ends_at"])
            if not self.errors:
                self._clean_again(given)
        return given

    def _clean_again(self, given):
        """Whoever is to come at another time of the day: after the first, and not before that is over."""
        named = [name for name in AGAIN if given.get(name)]
        given["again"] = [self._moment(name, given["day"], given[name]) for name in named]
        if self.errors:
            return
        for name, start in zip(named, given["again"], strict=True):
            if start <= given["starts_at"]:
                self.add_error(name, "Enter the earliest time above, and the later ones here")
        if named and not self.errors:
            try:
                sittings.refuse_times([given["starts_at"], *given["again"]], given["ends_at"] - given["starts_at"])
            except Refused as refusal:
                self.add_error(named[0], str(refusal).rstrip("."))

    def _moment(self, name, day, at):
        try:
            return london(day, at)
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

    button = ""

    def layout(self):
        onward = [Button("Continue")]
        if self.asks_again:
            # The check comes first: a browser takes Enter in a changed date for the first button, and nobody has seen
            # yet what speaks against that one.
            go_on = Button("Go on with this date", name="anyway", value="1")
            onward = [Button("Check again", kind="secondary"), go_on]
        once = [Field(name, size="s") for name in self.fields if name not in AGAIN]
        return [Words("rounds/clashes.html"), *once, *self._asks_for_more(), Buttons(*onward)]

    def _asks_for_more(self):
        more = [Field(name, size="s", optional=False) for name in AGAIN if name in self.fields]
        hint = "For people on shifts: they come to one of them. Each has a list, a room and feedback of its own"
        return [Fieldset("Is it repeated that day?", *more, hint=f"{hint}. Leave it empty if not")] if more else []

    @property
    def asks_again(self):
        """A clash forbids nothing: the page comes back once and says so."""
        return self.is_bound and self.is_valid() and "anyway" not in self.data and bool(self.clashes)

    @cached_property
    def clashes(self):
        """As far as it is known by then who comes and who facilitates."""
        when, system = {name: self.cleaned_data[name] for name in ("starts_at", "ends_at")}, self.draft.system
        day, person = timezone.localdate(when["starts_at"]), self.draft.person
        partners = Organisation.objects.in_system(system, on=timezone.localdate(self.draft.now))
        around = clashes.around(system, [day], person=person, now=self.draft.now)
        keys = set(partners.values_list("pk", flat=True))
        return around.of_plan(**when, partners=keys, facilitators=[person.pk])

    def facts(self):
        return {name: self.cleaned_data[name] for name in ("starts_at", "ends_at", "again")}

    def summary(self):
        when = self.facts()
        lines = [nhs_date(when["starts_at"]), capfirst(nhs_range(when["starts_at"], when["ends_at"]))]
        lines += [words for words in map(which_of_two, (when["starts_at"], when["ends_at"])) if words]
        again = [capfirst(nhs_time(each)) for each in sorted(when["again"])]
        return [("When", lines), *([("And again at", again)] if again else [])]


class WhoForm(PlanForm):
    heading = "Who is it for?"

    host = RadioField(label="Who hosts it?", error_messages={"required": "Choose who hosts the Round"})
    host_place = forms.ModelChoiceField(None, label="Which Place?", required=False, empty_label="Choose a Place")
    host_organisation = forms.ModelChoiceField(
        None, label="Which partner?", required=False, empty_label="Choose a partner"
    )
    co_host = forms.ModelChoiceField(
        None,
        label="Does another partner host it with them?",
        required=False,
        empty_label="No",
        help_text="Its administrators arrange the Round too",
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
        self.fields["co_host"].queryset = partners
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
            Field("co_host", size="s", optional=False),
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
        if given.get("co_host") and given.get("host") == "system":
            self.add_error("co_host", ALONE.rstrip("."))
        elif given.get("co_host") and given["co_host"] == given.get("host_organisation"):
            self.add_error("co_host", "Choose another partner as the second host")
        return given

    def facts(self):
        return {name: self.cleaned_data[name] for name in ("host_organisation", "host_place", "co_host", "partners")}

    def summary(self):
        given = self.facts()
        host = given["host_organisation"] or given["host_place"] or self.draft.system
        invited, everyone = list(given["partners"]), self.fields["partners"].queryset.count()
        names = [each.name for each in invited]
        lines = [f"All {everyone} partners"] if len(names) == everyone > 1 else names
        hosts = [str(host), *([str(given["co_host"])] if given["co_host"] else [])]
        return [("Host" if len(hosts) == 1 else "Hosts", hosts), ("Invited", lines)]


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
        return [
            ("Booking opens", [capfirst(nhs_moment(given["booking_opens_at"]))]),
            ("Booking closes", [capfirst(nhs_moment(given["booking_closes_at"]))]),
            ("Reminders", reminders or ["None"]),
        ]
