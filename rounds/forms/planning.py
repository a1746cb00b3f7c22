"""The questions by which a Round is planned, a page each: what it is, how people meet and for whom. The others stand in
``when``, ``rooms``, ``team`` and ``booking_times``.

Every form gets a `draft`, which knows what was answered before: `now`, `person`, `system`, `format` and `facts(step)`.
In return it offers `facts()`, its answers as ``scheduling.plan`` takes them, and `summary()`, the same in words.
"""

from django import forms
from django.utils import timezone

from members.models import Organisation
from rounds.actions.arrangements import ALONE
from rounds.models import Round
from rounds.states import FOR_PART_OF_A_PARTNER, KINDS_IN_SHORT, Format, Kind
from rounds_site.kit.fields import Form, RadioField
from rounds_site.kit.rendering import Field, Question

LINE, LINES = 120, 2000
NOT_OF_ONE_UNIT = "Leave this empty, or choose a unit-based Round or Team Time: any other is for people of every team"


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
    unit = forms.CharField(
        label="Which ward or team is it for?",
        required=False,
        max_length=80,
        help_text="Only of a unit-based Round or Team Time. People read it after “for”. For example, Ward 7 or the "
        "night staff of Larch House",
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

    def clean_unit(self):
        if self.cleaned_data["unit"] and self.cleaned_data.get("kind") not in FOR_PART_OF_A_PARTNER:
            raise forms.ValidationError(NOT_OF_ONE_UNIT)
        return self.cleaned_data["unit"]

    def summary(self):
        subject = dict(self.fields["subject"].choices)[self.cleaned_data["subject"]]
        return [
            ("Title", [self.cleaned_data["title"]]),
            ("Theme or case", [subject]),
            ("Kind", [Kind(self.cleaned_data["kind"]).label]),
            *([("For", [self._for_whom()])] if self.cleaned_data["kind"] in FOR_PART_OF_A_PARTNER else []),
            ("What people read", self.cleaned_data["about"].splitlines() or ["Nothing yet"]),
        ]

    def _for_whom(self):
        return self.cleaned_data["unit"] or "Not said. People read only that it is for one ward, clinic or team"


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
