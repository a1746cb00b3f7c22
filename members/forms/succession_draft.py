"""The answers given so far to what becomes of an organisation, and the plan that they make."""

from functools import cached_property

from django.http import QueryDict

from members.actions.succession.plan import Plan, Successor
from members.models import Membership
from members.models.succession import Kind

from .succession import (
    A_PAGE,
    BY_HAND,
    DIVIDED,
    JOINS,
    RENAMED,
    TOGETHER,
    DayForm,
    HeirForm,
    IntoForm,
    NameForm,
    OthersForm,
    PartsForm,
    PeopleForm,
    SitesForm,
    WhatForm,
)

FORMS = {
    "what": WhatForm,
    "into": IntoForm,
    "others": OthersForm,
    "name": NameForm,
    "parts": PartsForm,
    "day": DayForm,
    "sites": SitesForm,
    "people": PeopleForm,
    "heir": HeirForm,
}
WAYS = {
    JOINS: ["what", "into", "day"],
    TOGETHER: ["what", "others", "name", "day"],
    RENAMED: ["what", "name", "day"],
    DIVIDED: ["what", "parts", "day", "sites", "people", "heir"],
}
NO_SITE = "none"


class Unanswered(Exception):
    """A question before this one has no answer that holds; its step is the argument."""


class Draft:
    """`answers` holds for each step what was typed, as {name: [value, …]}: an answer may cease to hold."""

    def __init__(self, partner, answers, *, others, now):
        self.partner, self.answers, self.now = partner, answers, now
        self.others = others.exclude(pk=partner.pk)

    @property
    def steps(self):
        steps = WAYS[self.facts("what")["what"]] if "what" in self.answers else ["what"]
        unasked = set()
        if steps is WAYS[DIVIDED] and {"parts", "day"} <= set(self.answers):
            unasked = {"sites"} if not self.has_sites else set()
            unasked |= {"people"} if "sites" in {*self.answers, *unasked} and not self.by_hand else set()
        return [step for step in steps if step not in unasked]

    def form(self, step, data=None, **options):
        typed = data if data is not None else self._typed(step)
        return FORMS[step](typed, draft=self, **options)

    def facts(self, step):
        form = self.form(step)
        if step not in self.answers or not form.is_valid():
            raise Unanswered(step)
        return form.cleaned_data

    def summary(self):
        """(step, question, lines of the answer) of every question but that of the people, who are listed apart."""
        found = []
        for step in self.steps:
            if step != "people":
                self.facts(step)
                form = self.form(step)
                form.is_valid()
                found += [(step, question, lines) for question, lines in form.summary()]
        return found

    def after(self, step):
        return [*self.steps, "check"][self.steps.index(step) + 1]

    def before(self, step):
        position = [*self.steps, "check"].index(step)
        return self.steps[position - 1] if position else None

    def _typed(self, step):
        if step not in self.answers or step == "people":
            return None
        data = QueryDict(mutable=True)
        for name, values in self.answers[step].items():
            data.setlist(name, values)
        return data

    # --- What the answers make ----------------------------------------------------------------------

    def plan(self):
        """Unanswered where something is missing, save people who have no place yet: the preview says who."""
        what, on = self.facts("what")["what"], self.facts("day")["day"]
        if what == JOINS:
            return Plan(Kind.MERGER, (self.partner,), (Successor.standing(self.facts("into")["into"]),), on)
        if what == DIVIDED:
            to, heir = self.places_of_people, int(self.facts("heir")["heir"])
            return Plan(Kind.SPLIT, (self.partner,), tuple(self.heirs), on, to=to, heir=heir)
        named = (Successor(**self.facts("name")),)
        if what == RENAMED:
            return Plan(Kind.RENAMING, (self.partner,), named, on)
        self.facts("others")
        form = self.form("others")
        form.is_valid()
        return Plan(Kind.MERGER, (self.partner, *form.organisations), named, on)

    @cached_property
    def heirs(self):
        """What a division makes: a partner that has the name or the code already, or a new one."""
        self.facts("parts")
        form = self.form("parts")
        form.is_valid()
        return [self._heir(name, code) for name, code in form.parts]

    def _heir(self, name, code):
        known = self.others.filter(code=code) if code else self.others.filter(name__iexact=name)
        standing = known.order_by("code").first()
        sector = self.partner.sector
        return Successor.standing(standing) if standing else Successor(name, code=code, sector=sector)

    @property
    def heirs_to_choose(self):
        return [(str(index), heir.name) for index, heir in enumerate(self.heirs)]

    # --- Who goes where in a division -----------------------------------------------------------------

    @cached_property
    def jobs(self):
        jobs = Membership.objects.not_over(self.facts("day")["day"]).filter(organisation=self.partner)
        return list(jobs.select_related("person", "site").order_by("person__name", "person__email", "starts_on"))

    @cached_property
    def sites(self):
        """{key: (name, how many work there)}, those without a site last."""
        found = {}
        for job in sorted(self.jobs, key=lambda job: (job.site is None, job.site.name if job.site else "")):
            name, number = found.get(_site_of(job), (job.site.name if job.site else "No site", 0))
            found[_site_of(job)] = (name, number + 1)
        return found

    @property
    def has_sites(self):
        return set(self.sites) - {NO_SITE} != set()

    @cached_property
    def rules(self):
        """{site: index of the successor}, of the sites that are not taken person by person."""
        if not self.has_sites or "sites" not in self.answers:
            return {}
        form = self.form("sites")
        form.is_valid()
        return {key: int(value) for key, value in form.cleaned_data.items() if value != BY_HAND}

    @cached_property
    def by_hand(self):
        return [job for job in self.jobs if _site_of(job) not in self.rules]

    @property
    def places_of_people(self):
        """{job: index of the successor} of everybody who has a place."""
        said, heirs = self.answers.get("people", {}), range(len(self.heirs))
        to = {job.pk: self.rules[_site_of(job)] for job in self.jobs if _site_of(job) in self.rules}
        for job in self.by_hand:
            index = said.get(job.pk.hex, "")
            if index.isdecimal() and int(index) in heirs:
                to[job.pk] = int(index)
        return to

    def pages(self):
        """Those who are taken person by person, so many to a page."""
        return [self.by_hand[start : start + A_PAGE] for start in range(0, len(self.by_hand), A_PAGE)]

    def first_open_page(self):
        """The number of the first page with somebody who has no place; None where everybody has."""
        to = self.places_of_people
        return next((n for n, jobs in enumerate(self.pages(), start=1) if any(job.pk not in to for job in jobs)), None)


def _site_of(job):
    return job.site_id.hex if job.site_id else NO_SITE
