"""Who facilitates: some known people to tick, and a way to find others."""

from django import forms
from django.db.models import Prefetch, Q
from django.utils import timezone

from members.models import Membership, Organisation, Person, RoleGrant
from members.roles import ROLES, May
from rounds_site.kit.fields import CheckboxesField
from rounds_site.kit.links import as_uuid
from rounds_site.kit.rendering import Button, Buttons, Field, Words

from .planning import PlanForm

SHOWN_AT_MOST = 10


class TeamForm(PlanForm):
    """Facilitators of the system to tick, and whoever was found by name or address.

    Whoever plans a Round may find people who work for a partner of the system: by a part of the name, or by the whole
    email address. Addresses are never shown.
    """

    heading = "Who facilitates?"

    facilitators = CheckboxesField(
        label="Facilitators",
        help_text="Two is best: one holds the room while the other looks after someone. They see who has booked",
        error_messages={
            "required": "Choose at least one facilitator",
            "invalid_choice": "Choose from the people shown",
        },
    )
    search = forms.CharField(
        label="Someone else",
        required=False,
        max_length=254,
        help_text="Part of their name, or their whole email address. Anyone who works for a partner can be named",
    )

    def __init__(self, *args, found=(), **kwargs):
        super().__init__(*args, **kwargs)
        on = timezone.localdate(self.draft.now)
        partners = Organisation.objects.in_system(self.draft.system, on=on)
        employed = Membership.objects.in_force(on).within(self.draft.system, on=on)
        jobs = employed.select_related("organisation").order_by("organisation__name")
        planners = self._planners(on, partners)
        self.known = (
            Person.objects.filter(Q(pk__in=employed.values("person")) | Q(pk__in=planners), is_active=True)
            .prefetch_related(Prefetch("memberships", jobs, to_attr="jobs"))
            .order_by("name", "pk")
        )
        self._offer({self.draft.person.pk, *planners, *self._ticked(), *(each.pk for each in found)})
        self.fields["facilitators"].initial = [str(self.draft.person.pk)]
        self.found = found

    def _planners(self, on, partners):
        """People with a role that lets them plan Rounds, here or for one of the partners."""
        roles = [role.code for role in ROLES.values() if May.PLAN_ROUNDS in role.may]
        here = Q(system=self.draft.system) | Q(place__system=self.draft.system) | Q(organisation__in=partners)
        grants = RoleGrant.objects.in_force(on).filter(here, role__in=roles)
        return grants.values_list("person", flat=True)

    def _ticked(self):
        posted = self.data.getlist("facilitators") if self.is_bound else self.initial.get("facilitators", [])
        return {key for key in map(as_uuid, posted) if key}

    def looked_up(self):
        """The same page with whoever was found to tick beside those ticked before; one who was alone found is ticked.

        Where nothing was typed or nobody was found this form comes back with an error.
        """
        if self.cleaned_data.get("search") == "":
            self.add_error("search", "Enter part of a name")
            return self
        found = self._find()
        if not found:
            self.found_nobody = True
            self.add_error(
                "search",
                "We found nobody. Try a part of their surname, or their whole email address. Or go on without them",
            )
            return self
        ticked = [str(key) for key in self._ticked()] + ([str(found[0].pk)] if len(found) == 1 else [])
        return type(self)(draft=self.draft, found=found, initial={"facilitators": ticked})

    def _find(self):
        words = self.cleaned_data.get("search") or ""
        if len(words) < 2:
            return []
        if "@" in words:
            return list(self.known.filter(email__iexact=words))
        return list(self.known.filter(name__icontains=words)[:SHOWN_AT_MOST])

    def _offer(self, keys):
        people = sorted(self.known.filter(pk__in=keys), key=lambda each: (each != self.draft.person, str(each)))
        self.people = {str(person.pk): person for person in people}
        field = self.fields["facilitators"]
        field.choices = [(key, _name(person, self.draft.person)) for key, person in self.people.items()]
        field.item_hints = {
            key: ", ".join(job.organisation.name for job in person.jobs) for key, person in self.people.items()
        }

    def layout(self):
        without = [Button("Go on without them", name="without", kind="secondary")] if self.found_nobody else []
        return [
            Words("rounds/plan_remark.html"),
            Field("facilitators", size="m"),
            Field("search", size="s", optional=False),
            Buttons(Button("Find", name="find", kind="secondary"), *without),
            Buttons(Button("Check again", kind="secondary"), Button("Go on with one", name="alone"))
            if self.asks_again
            else Button("Continue"),
        ]

    button = ""
    found_nobody = False

    @property
    def is_looking(self):
        """Whether a name was typed that is not settled yet; they may go on without whoever was not found."""
        if "without" in self.data:
            return False
        return bool(self.data.get("find") or self.data.get("search", "").strip())

    @property
    def asks_again(self):
        """One facilitator is allowed, and worth a second thought: the page comes back once and says so."""
        return self.is_bound and self.is_valid() and self.only_one and "alone" not in self.data

    @property
    def only_one(self):
        return len(self.cleaned_data["facilitators"]) == 1

    def facts(self):
        return {"facilitators": [self.people[key] for key in self.cleaned_data["facilitators"]]}

    def summary(self):
        lines = [str(person) for person in self.facts()["facilitators"]]
        return [("Facilitators", lines)]


def _name(person, me):
    return f"{person} (you)" if person == me else str(person)
