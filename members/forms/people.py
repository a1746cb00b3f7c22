"""People, their roles, and what they say of themselves."""

from datetime import timedelta

from django import forms
from django.db.models import Q

from members.roles import ROLES, STAFF_GROUPS
from rounds_site.kit.fields import Form, RadioField, SplitDateField
from rounds_site.kit.rendering import Field

from .fields import EmailField, OneLineField


def staff_group_field(label="Staff group"):
    return RadioField(
        label=label, choices=list(STAFF_GROUPS.items()), error_messages={"required": "Choose a staff group"}
    )


class PersonForm(Form):
    """Somebody whom an administrator adds by hand."""

    button = "Add this person"

    name = OneLineField(missing="Enter their name", label="Name")
    email = EmailField(missing="Enter their email address", label="Email address")
    organisation = forms.ModelChoiceField(
        queryset=None,
        to_field_name="code",
        label="Where they work",
        empty_label="Choose one",
        error_messages={"required": "Choose where they work", "invalid_choice": "Choose a partner from the list"},
    )
    staff_group = staff_group_field()

    def __init__(self, *args, organisations, **options):
        super().__init__(*args, **options)
        self.fields["organisation"].queryset = organisations


class RoleDatesForm(Form):
    """From when to when a role holds. One that has `began` keeps its first day."""

    button = "Save these dates"

    first_day = SplitDateField(
        label="First day", what="the first day", required=False, help_text="Leave it empty for today"
    )
    last_day = SplitDateField(
        label="Last day", what="the last day", required=False, help_text="Leave it empty if it has no end yet"
    )

    def __init__(self, *args, began=False, **options):
        super().__init__(*args, **options)
        if began:
            del self.fields["first_day"]

    def layout(self):
        return [Field(name, size="s", optional=False) for name in ("first_day", "last_day") if name in self.fields]

    def dates(self):
        """As a grant keeps them: `ends_on` is the first day without the role. No first day: today, or as it was."""
        last = self.cleaned_data["last_day"]
        return {"starts_on": self.cleaned_data.get("first_day"), "ends_on": last and last + timedelta(days=1)}


class GiveRoleForm(RoleDatesForm):
    """`scopes`: {key: (label, System, Place or Organisation)} where the giver may give anything at all."""

    button = "Give this role"

    role = RadioField(label="Role", error_messages={"required": "Choose a role"})
    where = forms.ChoiceField(label="Where it holds", error_messages={"required": "Choose where the role holds"})

    def __init__(self, *args, roles, scopes, **options):
        super().__init__(*args, **options)
        self.scopes = scopes
        self.fields["role"].choices = [(code, ROLES[code].name) for code in roles]
        self.fields["role"].item_hints = {code: may_words(code) for code in roles}
        self.fields["where"].choices = [("", "Choose one"), *((key, label) for key, (label, _) in scopes.items())]

    def clean(self):
        said = super().clean()
        role, where = said.get("role"), said.get("where")
        if role and where and self.kind_of_scope(where) not in ROLES[role].scopes:
            allowed = " or ".join(SCOPE_WORDS[scope] for scope in SCOPE_WORDS if scope in ROLES[role].scopes)
            self.add_error("where", f"The role {ROLES[role].name} holds for {allowed}. Choose one of those")
        return said

    def layout(self):
        return ["role", "where", *super().layout()]

    @staticmethod
    def kind_of_scope(key):
        return key.partition(":")[0]

    @property
    def scope(self):
        return self.scopes[self.cleaned_data["where"]][1]


SCOPE_WORDS = {"system": "the whole system", "place": "a Place", "organisation": "one organisation"}


def may_words(role):
    """What the role lets people do, in one line."""
    words = "; ".join(sorted(what.value for what in ROLES[role].may))
    return f"{words[:1].upper()}{words[1:]}" if words else "Sees nothing more than staff do"


class YourDetailsForm(Form):
    """A name, and the staff group and site at each place of work."""

    button = "Save"

    name = OneLineField(missing="Enter your name", label="Your name", help_text="As the list at the door shows it")

    def __init__(self, *args, memberships, **options):
        super().__init__(*args, **options)
        self.memberships = list(memberships)
        for membership in self.memberships:
            label = "Your staff group"
            if len(self.memberships) > 1:
                label = f"Your staff group at {membership.organisation}"
            self.fields[self.key(membership)] = staff_group_field(label)
            self.initial.setdefault(self.key(membership), membership.staff_group)
            self._ask_site(membership)

    def _ask_site(self, membership):
        """Where the partner has sites; one that has ended stays with whoever works there still."""
        sites = membership.organisation.sites.filter(Q(ended_on=None) | Q(pk=membership.site_id)).order_by("name")
        if not sites:
            return
        several = len(self.memberships) > 1
        self.fields[self.site_key(membership)] = forms.ModelChoiceField(
            queryset=sites,
            required=False,
            label=f"Your site at {membership.organisation}" if several else "Your site",
            empty_label="No site in particular",
            error_messages={"invalid_choice": "Choose a site from the list"},
        )
        self.initial.setdefault(self.site_key(membership), membership.site_id)

    @staticmethod
    def site_key(membership):
        return f"site_{membership.pk.hex}"

    @staticmethod
    def key(membership):
        return f"staff_group_{membership.pk.hex}"

    def groups(self):
        return [(each, self.cleaned_data[self.key(each)]) for each in self.memberships]

    def sites(self):
        """Of the places of work that have any."""
        asked = [each for each in self.memberships if self.site_key(each) in self.fields]
        return [(each, self.cleaned_data[self.site_key(each)]) for each in asked]
