"""The questions that differ where several Rounds are planned at once, and the changes of several at once."""

from datetime import date, datetime, timedelta

from django import forms
from django.utils import timezone

from rounds.actions import series as actions
from rounds.days import EVERY, FURTHEST_AHEAD, LONGEST, NTH, Rule, day_it_ends
from rounds.models import RoundTemplate
from rounds_site.kit.fields import CheckboxesField, Form, NumberField, RadioField, SplitDateField, TimeField
from rounds_site.kit.formats import MONTHS, WEEKDAYS, nhs_date, nhs_range, nhs_time
from rounds_site.kit.rendering import Field, Fieldset, Question

from .booking_times import reminders_field
from .change import MoveWhereForm, RenameForm
from .planning import LINE, AboutForm, PlanForm
from .when import ends_by_itself, fill_in_the_end

MOST = 24
ENDS_AFTER = "The time it ends must be after the time it starts"


class StartForm(PlanForm):
    kind = RadioField(
        label="What do you plan?",
        choices=[("one", "One Round"), ("series", "A series of Rounds")],
        initial="one",
        item_hints={"series": "By a rule, like every second Tuesday. You see the days before anything is saved"},
        error_messages={"required": "Choose what you plan", "invalid_choice": "Choose what you plan"},
    )

    template = RadioField(
        label="Begin with",
        required=False,
        error_messages={"invalid_choice": "Choose one of these templates"},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        kept = RoundTemplate.objects.filter(system__in=self.draft.systems).order_by("name", "pk")
        field = self.fields["template"]
        field.choices = [("", "No template"), *((str(each.pk), each.name) for each in kept)]
        field.item_hints = {str(each.pk): each.in_short for each in kept}
        if not kept:
            del self.fields["template"]
        if self.draft.is_of_an_idea:
            self.fields["kind"].choices = self.fields["kind"].choices[:1]

    @property
    def begins_with_one(self):
        """Whether there is a template to begin with."""
        return "template" in self.fields

    def layout(self):
        template = [Field("template", size="m", optional=False)] if "template" in self.fields else []
        return [Question("kind"), *template]

    def facts(self):
        return {}

    def summary(self):
        series = [("What you plan", ["A series of Rounds"])] if self.draft.is_series else []
        return series + ([("Begun with", [self.draft.template.name])] if self.draft.template else [])


class SeriesAboutForm(AboutForm):
    heading = "What are they about?"

    title = forms.CharField(
        label="Title",
        max_length=LINE,
        help_text="Until each has a title of its own. Write [month] where the month of each should stand. For example, "
        "Schwartz Round in [month]",
        error_messages={"required": "Enter a title"},
    )


def clock_fields_are_wrong(form, given):
    """Whether the times do not go together, said at the field."""
    starts, ends = given.get("starts"), given.get("ends")
    if starts is None or ends is None:
        return
    day = timezone.localdate(form.draft.now)
    lasts = datetime.combine(day_it_ends(day, starts, ends), ends) - datetime.combine(day, starts)
    if lasts <= timedelta(0):
        form.add_error("ends", ENDS_AFTER)
    elif lasts > LONGEST:
        form.add_error("ends", "The time it ends must be within 8 hours of its start")


class SeriesWhenForm(PlanForm):
    heading = "When?"

    week = RadioField(
        label="Which of the month?",
        choices=[(str(number), f"The {word}") for number, word in NTH.items()],
        error_messages={"required": "Choose which of the month it is"},
    )
    weekday = RadioField(
        label="Which day of the week?",
        choices=[(str(number), word) for number, word in enumerate(WEEKDAYS)],
        error_messages={"required": "Choose the day of the week"},
    )
    every = RadioField(
        label="How often?",
        choices=[(str(number), f"Every {word}") for number, word in EVERY.items()],
        initial="1",
        error_messages={"required": "Choose how often"},
    )
    first_on = SplitDateField(label="From", what="the date from which they begin", help_text="For example, 1 9 2027")
    number = NumberField(
        label="How many Rounds?",
        min_value=2,
        max_value=MOST,
        help_text="Days that are left out do not count",
        error_messages={
            "required": "Enter how many Rounds there are",
            "invalid": "How many Rounds must be a whole number, like 10",
            "min_value": "How many Rounds must be 2 or more",
            "max_value": f"How many Rounds must be {MOST} or fewer",
        },
    )
    starts = TimeField(label="Each starts at", what="the time they start")
    ends = TimeField(
        label="Each ends at",
        what="the time they end",
        help_text="Most Rounds last an hour. At night, a time after midnight is the next morning’s",
    )
    not_on = CheckboxesField(
        label="When not?",
        choices=[("bank", "Bank holidays"), *((str(n), name) for n, name in enumerate(MONTHS, start=1))],
        required=False,
        initial=["bank"],
    )

    def layout(self):
        return [
            *(Field(name, size="s", small=True) for name in ("week", "weekday", "every")),
            Fieldset("From when, and how many?", Field("first_on", size="s"), Field("number", size="s", width=2)),
            Fieldset("At what time?", Field("starts", size="s"), Field("ends", size="s")),
            Field("not_on", size="m", small=True, optional=False),
        ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        ends_by_itself(self)

    def clean(self):
        given = super().clean()
        fill_in_the_end(self, given)
        clock_fields_are_wrong(self, given)
        today = timezone.localdate(self.draft.now)
        first_on = given.get("first_on")
        if first_on and first_on <= today:
            self.add_error("first_on", "The date from which they begin must be in the future")
        elif first_on and first_on > today + FURTHEST_AHEAD:
            self.add_error("first_on", "The date from which they begin must be within the next 3 years")
        elif not self.errors and not any(not each.why for each in self.considered):
            self.add_error("not_on", "No day is left. Choose fewer months to leave out")
        return given

    @property
    def rule(self):
        given = self.cleaned_data
        off = given["not_on"]
        return Rule(
            **{name: int(given[name]) for name in ("week", "weekday", "every", "number")},
            **{name: given[name] for name in ("first_on", "starts", "ends")},
            months_off=tuple(int(each) for each in off if each != "bank"),
            bank_holidays_off="bank" in off,
        )

    @property
    def considered(self):
        return self.rule.considered(until=timezone.localdate(self.draft.now) + FURTHEST_AHEAD)

    def facts(self):
        return {"rule": self.rule}

    def summary(self):
        rule = self.rule
        day = timezone.localdate(self.draft.now)
        clock = nhs_range(datetime.combine(day, rule.starts), datetime.combine(day, rule.ends))
        return [
            ("When", [str(rule), clock.partition(" on ")[0], f"{rule.number} Rounds, from {nhs_date(rule.first_on)}"])
        ]


OPENS = {"56": "8 weeks before", "42": "6 weeks before", "28": "4 weeks before", "14": "2 weeks before"}
CLOSES = {"day": "At 5pm the day before", "hour": "An hour before", "start": "When it starts"}


def opens_field(label):
    return RadioField(
        label=label,
        choices=list(OPENS.items()),
        initial="42",
        error_messages={"required": "Choose when booking opens"},
    )


class SeriesBookingForm(PlanForm):
    heading = "When does booking open, and when do we write?"

    opens = opens_field("Booking of each opens")
    closes = RadioField(
        label="Booking of each closes",
        choices=list(CLOSES.items()),
        initial="day",
        error_messages={"required": "Choose when booking closes"},
    )
    reminders = reminders_field()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if template := self.draft.template:
            self.initial |= {
                "opens": str(template.opens_days),
                "reminders": [str(day) for day in template.reminder_days],
            }

    def layout(self):
        return [Field("opens", size="m"), Field("closes", size="m"), Field("reminders", size="m", optional=False)]

    def facts(self):
        given = self.cleaned_data
        booking = actions.Booking(opens_days=int(given["opens"]), closes=given["closes"])
        return {"booking": booking, "reminder_days": [int(day) for day in given["reminders"]]}

    def summary(self):
        given, labels = self.cleaned_data, dict(self.fields["reminders"].choices)
        return [
            ("Booking opens", [f"{OPENS[given['opens']]}, at 9am"]),
            ("Booking closes", [CLOSES[given["closes"]]]),
            ("Reminders", [labels[day] for day in given["reminders"]] or ["None"]),
        ]


class DaysForm(Form):
    """Which of the days that fit the rule become Rounds."""

    button = "Save these as planned"

    days = CheckboxesField(
        label="The days",
        help_text="Untick a day to skip it. Each Round can also be moved by itself later",
        error_messages={
            "required": "Choose at least one day",
            "invalid_choice": "Choose from the days shown",
        },
    )

    def __init__(self, *args, considered, hints=None, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["days"]
        field.choices = [(each.day.isoformat(), nhs_date(each.day)) for each in considered if not each.why]
        field.item_hints = hints or {}
        field.initial = [key for key, _ in field.choices]

    def layout(self):
        return [Field("days", size="m", small=True)]

    @property
    def chosen(self):
        return [date.fromisoformat(day) for day in self.cleaned_data["days"]]


# --- A change of this Round and all later ones ---------------------------------------------------


class TimesForm(PlanForm):
    heading = "At what time are they now?"

    starts = TimeField(label="Each starts at", what="the time they start")
    ends = TimeField(
        label="Each ends at",
        what="the time they end",
        help_text="The days stay as they are. At night, a time after midnight is the next morning’s",
    )

    def __init__(self, *args, draft, **kwargs):
        times = (timezone.localtime(each).time() for each in (draft.round.starts_at, draft.round.ends_at))
        initial = dict(zip(("starts", "ends"), times, strict=True))
        super().__init__(*args, draft=draft, initial=initial, **kwargs)

    def clean(self):
        given = super().clean()
        clock_fields_are_wrong(self, given)
        return given

    @property
    def change(self):
        return actions.Times(**self.cleaned_data)

    @property
    def in_words(self):
        return [f"{nhs_time(self.cleaned_data['starts'])} to {nhs_time(self.cleaned_data['ends'])}"]


class AllWhereForm(MoveWhereForm):
    heading = "Where are they now?"

    @property
    def change(self):
        return actions.Where(self.facts())

    @property
    def in_words(self):
        facts = self.facts()
        room = facts["venue"] or facts.get("new_room", {}).get("name")
        places = [(facts.get("places"), "in the room"), (facts.get("online_places"), "online")]
        return [*([str(room)] if room else []), *(f"{number} places {where}" for number, where in places if number)]


class TitlesForm(PlanForm):
    heading = "What are they called?"

    title = SeriesAboutForm.base_fields["title"]

    def __init__(self, *args, draft, **kwargs):
        super().__init__(*args, draft=draft, initial={"title": draft.round.series.title}, **kwargs)

    @property
    def change(self):
        return actions.Titles(self.cleaned_data["title"])

    @property
    def in_words(self):
        return [self.cleaned_data["title"]]


class AllTeamForm(RenameForm):
    @property
    def change(self):
        return actions.Team(self.facts()["facilitators"])

    @property
    def in_words(self):
        return [str(person) for person in self.facts()["facilitators"]]


class RestForm(Form):
    """Which of the later Rounds change. Each is named with the version that was seen."""

    button = "Change these Rounds"

    typed = forms.CharField(widget=forms.HiddenInput)
    rounds = CheckboxesField(
        label="These Rounds",
        help_text="Untick a Round to leave it as it is",
        error_messages={
            "required": "Choose at least one Round",
            "invalid_choice": "One of the Rounds has changed since you looked. Look again at which there are",
        },
    )

    def __init__(self, *args, lines, typed, **kwargs):
        super().__init__(*args, initial={"typed": typed}, **kwargs)
        field = self.fields["rounds"]
        changing = [line for line in lines if not line.why_not]
        field.choices = [(line.key, f"{nhs_date(line.round.starts_at)}: {line.round.title}") for line in changing]
        field.item_hints = {line.key: f"Now {line.before}" for line in changing if line.before}
        field.initial = [key for key, _ in field.choices]
        self.by_key = {line.key: line.round for line in changing}

    def layout(self):
        return ["typed", Field("rounds", size="m", small=True)]

    @property
    def chosen(self):
        return [self.by_key[key] for key in self.cleaned_data["rounds"]]


CHANGES = {"time": TimesForm, "where": AllWhereForm, "title": TitlesForm, "team": AllTeamForm}
