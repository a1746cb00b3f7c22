"""What is looked at in the planner of a year, and dates to avoid."""

from dataclasses import dataclass

from django import forms
from django.utils import timezone

from members.forms.fields import OneLineField
from members.models import Organisation, Place
from rounds.actions.avoided import LONGEST
from rounds_site.kit.fields import Form, SplitDateField
from rounds_site.kit.rendering import Field, form_helper


@dataclass(frozen=True)
class Scope:
    """A system, or a Place or partner of it."""

    key: str
    system: object
    place: Place | None = None
    organisation: Organisation | None = None

    def __str__(self):
        part = self.organisation or self.place
        return str(part) if part else f"The whole of {self.system.short_name}"


def scopes(systems, *, on):
    """Each system, its Places and its partners: three queries for each system."""
    found = []
    for system in systems:
        found.append(Scope(f"ics-{system.code.lower()}", system))
        for place in system.places.order_by("name"):
            found.append(Scope(f"place-{place.code.lower()}", system, place=place))
        for each in Organisation.objects.in_system(system, on=on).order_by("name"):
            found.append(Scope(f"org-{each.code.lower()}", system, organisation=each))
    return found


class YearForm(Form):
    """Of whom the year is shown; what is not understood shows the first system."""

    mark_optional = False
    where = forms.ChoiceField(label="Show", required=False)

    def __init__(self, *args, scopes, **kwargs):
        super().__init__(*args, **kwargs)
        self.scopes = {scope.key: scope for scope in scopes}
        self.fields["where"].choices = [(key, str(scope)) for key, scope in self.scopes.items()]

    @property
    def helper(self):
        return form_helper("where", button="Show the year", kind="secondary", method="get", csrf=False)

    @property
    def scope(self):
        chosen = self.cleaned_data.get("where") if self.is_valid() else ""
        return self.scopes.get(chosen) or next(iter(self.scopes.values()))


class AvoidForm(Form):
    """Dates to avoid. Whose they are is a scope; of the system it is everybody's."""

    button = "Save"

    starts_on = SplitDateField(label="First day", what="the first day", help_text="For example, 4 8 2027")
    ends_on = SplitDateField(
        label="Last day", what="the last day", required=False, help_text="Leave it empty for a single day"
    )
    why = OneLineField(
        missing="Enter why",
        label="Why",
        max_length=120,
        help_text="Everybody who plans here reads it. For example, Junior doctors change over. Name nobody",
    )
    whose = forms.ChoiceField(label="Whose are they?")

    def __init__(self, *args, scopes, now, **kwargs):
        super().__init__(*args, **kwargs)
        self.now = now
        self.scopes = {scope.key: scope for scope in scopes}
        self.fields["whose"].choices = [(key, str(scope)) for key, scope in self.scopes.items()]

    def layout(self):
        return [Field(name, size="s", optional=False) for name in ("starts_on", "ends_on", "why", "whose")]

    def clean(self):
        given = super().clean()
        first, last = given.get("starts_on"), given.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", "The last day must be the first day or later")
        elif first and last and last - first > LONGEST:
            self.add_error("ends_on", "The last day must be within a year of the first")
        elif first and (last or first) < timezone.localdate(self.now):
            self.add_error("ends_on" if last else "starts_on", "The last day must be today or later")
        return given

    @property
    def facts(self):
        given, scope = self.cleaned_data, self.scopes[self.cleaned_data["whose"]]
        return {
            "system": scope.system,
            "place": scope.place,
            "organisation": scope.organisation,
            "starts_on": given["starts_on"],
            "ends_on": given["ends_on"] or given["starts_on"],
            "why": given["why"],
        }
