"""The questions before a merger, a division or a new name, a page each. Every form gets the `draft`."""

from django import forms
from django.core.exceptions import ValidationError

from members.access import today
from members.roles import SECTORS
from rounds_site.kit.fields import CheckboxesField, Form, RadioField, SplitDateField
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.rendering import Field, Fieldset, Question

from .fields import CodeField, OneLineField

MOST_PARTS = 4
A_PAGE = 50
BY_HAND = "hand"
JOINS, TOGETHER, RENAMED, DIVIDED = "joins", "together", "renamed", "divided"


class StepForm(Form):
    heading = ""

    def __init__(self, *args, draft, **options):
        self.draft = draft
        super().__init__(*args, **options)

    @property
    def partner(self):
        return self.draft.partner


class WhatForm(StepForm):
    what = RadioField(error_messages={"required": "Choose what becomes of it"})

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["what"].label = f"What becomes of {self.partner}?"
        self.fields["what"].choices = [
            (JOINS, "It joins another partner"),
            (TOGETHER, "It becomes one with other partners, under a new name"),
            (RENAMED, "It goes on alone under a new name and code"),
            (DIVIDED, "It is divided into several"),
        ]
        self.fields["what"].item_hints = {
            JOINS: "The other one keeps its name and takes over",
            RENAMED: "If only the name is misspelt here, change its details instead",
            DIVIDED: "You then say of everybody who works there where they go on",
        }

    def layout(self):
        return [Question("what")]

    def summary(self):
        return [(self.fields["what"].label, [dict(self.fields["what"].choices)[self.cleaned_data["what"]]])]


class IntoForm(StepForm):
    into = forms.ModelChoiceField(
        queryset=None,
        to_field_name="code",
        empty_label="Choose one",
        error_messages={"required": "Choose a partner", "invalid_choice": "Choose a partner from the list"},
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["into"].label = f"Which partner does {self.partner} join?"
        self.fields["into"].queryset = self.draft.others

    def layout(self):
        return [Question("into")]

    def summary(self):
        return [("It joins", [str(self.cleaned_data["into"])])]


class OthersForm(StepForm):
    others = CheckboxesField(error_messages={"required": "Choose at least one other partner"})

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["others"].label = f"Who becomes one with {self.partner}?"
        self.fields["others"].choices = [(each.code, each.name) for each in self.draft.others]

    def layout(self):
        return [Question("others")]

    def summary(self):
        return [("It becomes one with", [str(each) for each in self.organisations])]

    @property
    def organisations(self):
        return list(self.draft.others.filter(code__in=self.cleaned_data["others"]).order_by("name"))


class NameForm(StepForm):
    heading = "What is it called from then on?"

    name = OneLineField(missing="Enter the new name", label="Name", max_length=200)
    code = CodeField(
        label="ODS code", required=False, help_text="Leave it empty if it has none: then it gets a code of ours"
    )
    sector = forms.ChoiceField(
        label="Sector",
        choices=[("", "Choose one"), *SECTORS.items()],
        error_messages={"required": "Choose a sector"},
    )
    postcode = OneLineField(missing="", label="Postcode", max_length=10, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.initial |= {"sector": self.partner.sector, "postcode": self.partner.postcode}

    def clean_postcode(self):
        return self.cleaned_data["postcode"].upper()

    def layout(self):
        return [Field("name", size="s"), Field("code", width=10), "sector", Field("postcode", width=10)]

    def summary(self):
        said = self.cleaned_data
        return [("New name", [said["name"], said["code"] or "A code of ours", SECTORS[said["sector"]]])]


class PartsForm(StepForm):
    """Two to four names: of partners that there are, or of new ones."""

    mark_optional = False

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for n in range(1, MOST_PARTS + 1):
            self.fields[f"name_{n}"] = OneLineField(missing="", label="Name", max_length=200, required=False)
            self.fields[f"code_{n}"] = CodeField(label="ODS code, if it has one", required=False)

    heading = "What does it become?"
    hint = "A new name, or that of a partner that there is already"

    def clean(self):
        said = super().clean()
        for n in range(1, MOST_PARTS + 1):
            if said.get(f"code_{n}") and not said.get(f"name_{n}"):
                self.add_error(f"name_{n}", "Enter the name that belongs to this code")
        if not self.errors and len(self.parts) < 2:
            self.add_error("name_2" if self.parts else "name_1", "Name at least two organisations that it becomes")
        return said

    @property
    def parts(self):
        said = self.cleaned_data
        numbers = range(1, MOST_PARTS + 1)
        return [(said[f"name_{n}"], said.get(f"code_{n}", "")) for n in numbers if said.get(f"name_{n}")]

    def layout(self):
        words = ["The first", "The second", "A third, if there is one", "A fourth, if there is one"]
        return [
            Fieldset(legend, f"name_{n}", Field(f"code_{n}", width=10), size="s", hint=self.hint if n == 1 else "")
            for n, legend in enumerate(words, start=1)
        ]

    def summary(self):
        return [("It becomes", [name for name, _ in self.parts])]


class DayForm(StepForm):
    day = SplitDateField(what="the day", error_messages={"required": "Enter the day"})

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["day"].label = "When did it happen?"
        self.fields["day"].help_text = (
            "Today or earlier. People and partners are shown under the new name from that day on; "
            f"Rounds held before stay as they were held. Today is {nhs_date(today(self.draft.now), weekday=False)}."
        )
        self.initial.setdefault("day", today(self.draft.now))

    def clean_day(self):
        if self.cleaned_data["day"] > today(self.draft.now):
            raise ValidationError("The day must be today or earlier: until it comes nothing needs to change")
        return self.cleaned_data["day"]

    def layout(self):
        return [Question("day")]

    def summary(self):
        return [("From", [nhs_date(self.cleaned_data["day"], weekday=False)])]


class SitesForm(StepForm):
    """One rule for everybody at a site, or one by one."""

    heading = "Where does each site go on?"

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for key, (name, number) in self.draft.sites.items():
            people = "1 person" if number == 1 else f"{number:,} people"
            self.fields[key] = RadioField(
                label=f"{name} ({people})",
                choices=[*self.draft.heirs_to_choose, (BY_HAND, "I say it for each person")],
                error_messages={"required": f"Choose where {name} goes on"},
            )

    def layout(self):
        return [Field(name, size="s") for name in self.fields]

    def summary(self):
        words = dict([*self.draft.heirs_to_choose, (BY_HAND, "person by person")])
        lines = [f"{name}: {words[self.cleaned_data[key]]}" for key, (name, _) in self.draft.sites.items()]
        return [("Sites", lines)]


class PeopleForm(StepForm):
    """So many people at a time, until everybody has a place."""

    heading = "Where does each person go on?"

    def __init__(self, *args, jobs=(), **options):
        super().__init__(*args, **options)
        for job in jobs:
            self.fields[job.pk.hex] = RadioField(
                label=self._label(job),
                choices=self.draft.heirs_to_choose,
                error_messages={"required": f"Choose where {job.person} goes on"},
            )

    def _label(self, job):
        about = [job.get_staff_group_display(), *([job.site.name] if job.site else [])]
        return f"{job.person}, {', '.join(about)}"

    def layout(self):
        return [Field(name, size="s", inline=True) for name in self.fields]


class HeirForm(StepForm):
    heir = RadioField(error_messages={"required": "Choose one of them"})

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["heir"].label = "Which of them takes on what cannot be divided?"
        self.fields[
            "heir"
        ].help_text = "Its rooms, Rounds to come that it hosts, and roles of people who work elsewhere"
        self.fields["heir"].choices = self.draft.heirs_to_choose

    def layout(self):
        return [Question("heir")]

    def summary(self):
        return [("Rooms and Rounds to come", [dict(self.draft.heirs_to_choose)[self.cleaned_data["heir"]]])]


class CarryOutForm(Form):
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
