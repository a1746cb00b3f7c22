"""What a staff list would change: the list beside the people as they stand. Nothing is written here."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from allauth.account.models import EmailAddress

from members.access import today
from members.models import ListedJob, Membership, Person, Site
from members.models.person import without_alias
from members.roles import ROLES

from . import leaving
from .staff_lists import Fault, Line, StaffList, chunks


class Standing(NamedTuple):
    """Somebody who works there today. `own` and `own_words`: what they said of their work and of themself."""

    pk: object
    person: object
    email: str
    name: str
    own_words: list
    active: bool
    organisation: object
    group: str
    site: object
    source: str
    own: list


FIELDS = (
    *("pk", "person", "person__email", "person__name", "person__corrected", "person__is_active"),
    *("organisation", "staff_group", "site", "source", "corrected"),
)


class Account(NamedTuple):
    person: object
    email: str
    name: str
    own_words: list
    active: bool


class Change(NamedTuple):
    """What becomes of one person's work there; None stays as it is."""

    line: Line
    membership: object
    person: object
    group: str | None
    site: str | None
    now_listed: bool


class NewSite(NamedTuple):
    """A site that the partner does not have yet, as the list spells it first; `lines` name it."""

    code: str
    name: str
    lines: int


@dataclass
class Tally:
    """The counts of one organisation; `listed`: how many its list held before."""

    organisation: object
    listed: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    ended: int = 0

    @property
    def ends_many(self):
        """A list that is half there, or another organisation's, looks just like this."""
        return self.ended > 0 and self.ended * 2 >= self.listed


@dataclass
class StaffChanges:
    """What accepting would do. `new`: (line, the account they have, if any). `names`: {person: name from now on}.

    `asked`: (line, account) of those who are asked first, and counted as everybody who is new: who has an account
    elsewhere is not for the reader of a list to learn. `withdrawn`: questions that no list asks any more.
    `changed_lines`: (line, what changes, in words), one for each person counted as changed. `new_sites`: those to be
    made, and no others.
    """

    staff_list: StaffList
    tallies: dict[str, Tally]
    new: list[tuple[Line, object]] = field(default_factory=list)
    asked: list[tuple[Line, object]] = field(default_factory=list)
    withdrawn: list = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    changed_lines: list[tuple[Line, list[str]]] = field(default_factory=list)
    new_sites: list[NewSite] = field(default_factory=list)
    names: dict = field(default_factory=dict)
    ended: list[Standing] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    roles_ending: list[str] = field(default_factory=list)
    roles_staying: list[str] = field(default_factory=list)

    @property
    def faults(self):
        return self.staff_list.faults

    @property
    def total(self):
        tallies = self.tallies.values()
        names = ("listed", "new", "changed", "unchanged", "ended")
        return Tally(None, **{name: sum(getattr(each, name) for each in tallies) for name in names})

    @property
    def new_lines(self):
        """As they stand on the list: those who are asked first are not told apart."""
        return sorted(line for line, _ in (*self.new, *self.asked))

    @property
    def to_confirm(self):
        return [each for each in self.tallies.values() if each.ends_many]

    @property
    def does_something(self):
        """A list of people who all stand here still makes it their organisation's staff list."""
        first = any(not each.organisation.has_staff_list for each in self.tallies.values())
        differs = self.new or self.asked or self.withdrawn or self.changed or self.ended or self.names
        return bool(differs or first)

    @property
    def jobs_ending(self):
        return [(work.person, work.organisation) for work in self.ended]

    @property
    def jobs_starting(self):
        """Of people who have an account."""
        return [(person, self.tallies[line.code].organisation.pk) for line, person in self.new if person]

    @cached_property
    def digest(self):
        """The same for the same list against the same people; anything else makes another."""
        told = hashlib.sha256()
        ended = [each.pk for each in self.ended]
        written = (self.new, self.asked, self.withdrawn, self.changed, self.new_sites, self.names.items())
        for part in (*written, ended):
            told.update(repr(sorted(map(repr, part))).encode())
        return told.hexdigest()


def compare(staff_list, *, organisations, now):
    """`organisations` are those that the reader of the list looks after."""
    listed = {line.code for line in staff_list.lines}
    tallies = {each.code: Tally(each) for each in organisations if each.code in listed}
    told = StaffChanges(staff_list, dict(sorted(tallies.items())))
    if told.tallies:
        _Comparison(told).run(today(now))
    return told


class _Comparison:
    def __init__(self, told):
        self.told = told
        pks = [each.organisation.pk for each in told.tallies.values()]
        rows = Membership.objects.filter(organisation__in=pks, ends_on=None).values_list(*FIELDS)
        self.standing = {(row[1], row[6]): Standing(*row) for row in rows}
        self.accounts = _accounts(told.staff_list.lines, self.standing.values())
        self.elsewhere = self._working_elsewhere(pks)
        questions = ListedJob.objects.filter(organisation__in=pks).order_by("pk")
        questions = questions.values_list("person", "organisation", "pk", "person__email")
        self.questions = {(person, organisation): rest for person, organisation, *rest in questions}
        sites = Site.objects.filter(organisation__in=pks).values_list("pk", "organisation__code", "name")
        self.sites = {pk: (code, name.casefold()) for pk, code, name in sites}
        self.named, self.met, self.listed = {}, set(), set()

    def run(self, on):
        for line in self.told.staff_list.lines:
            self.take(line)
        self.end(on)
        self.told.new_sites = self._new_sites()
        self.told.warnings += _aliases(self.told.staff_list.lines, [each.email for each in self.standing.values()])
        self.told.warnings.sort()

    def take(self, line):
        account, tally = self.accounts.get(line.email), self.told.tallies[line.code]
        work = account and self._work_of(line, account, tally.organisation.pk)
        if work:
            self._keep(line, account, work, tally)
        elif account and self._has_the_last_word(line, account):
            self._ask(line, account, tally)
        else:
            self.told.new.append((line, account and account.person))
            tally.new += 1
            if account:
                self._renamed(line, account)

    def _work_of(self, line, account, organisation):
        """A further address leads to the staff there only beside their main one, as after a change of name: whoever
        guesses somebody's private address learns nothing by writing it on a list."""
        near = line.email.rpartition("@")[2] == account.email.rpartition("@")[2]
        return self.standing.get((account.person, organisation)) if near else None

    def _has_the_last_word(self, line, account):
        return account.person in self.elsewhere or line.email != account.email or not account.active

    def _ask(self, line, account, tally):
        """Whoever was asked already, whatever they said, is not asked again."""
        key = (account.person, tally.organisation.pk)
        if key in self.questions or key in self.listed:
            tally.unchanged += 1
        else:
            self.told.asked.append((line, account.person))
            tally.new += 1
        self.listed.add(key)

    def _keep(self, line, account, work, tally):
        key = (work.person, work.organisation)
        if not work.active:
            said = f"{line.email} has a closed account, which is left alone."
            self.told.warnings.append(Fault(line.number, said, line.email, line.code))
            self.met.add(key)
            return
        renamed = self._renamed(line, account)
        change = self._change(line, work) if key not in self.met else None
        self.met.add(key)
        if change:
            self.told.changed.append(change)
        if change or renamed:
            tally.changed += 1
            self.told.changed_lines.append((line, _changes_in_words(change, renamed)))
        else:
            tally.unchanged += 1

    def _renamed(self, line, account):
        """The first name that the list gives somebody counts, unless they chose their own or another partner has them
        on its list too: no employer renames the staff of another."""
        wanted = line.name and self.named.setdefault(account.person, line.name)
        if not wanted or wanted != line.name or wanted == account.name:
            return False
        if account.name and ("name" in account.own_words or account.person in self.elsewhere):
            return False
        self.told.names[account.person] = wanted
        return True

    def _change(self, line, work):
        group = line.group if line.group != work.group and "staff_group" not in work.own else None
        same_site = (line.code, line.site.casefold()) == self.sites.get(work.site)
        site = line.site if line.site and not same_site and "site" not in work.own else None
        change = Change(line, work.pk, work.person, group, site, work.source != "list")
        return change if change.group or change.site or change.now_listed else None

    def _new_sites(self):
        """Only those where somebody is to work: what a line says of people who chose their own site makes none."""
        said = [(line, line.site) for line, _ in (*self.told.new, *self.told.asked)]
        said += [(change.line, change.site) for change in self.told.changed]
        known, spelt = set(self.sites.values()), {}
        for line, site in sorted(each for each in said if each[1]):
            key = (line.code, site.casefold())
            if key not in known:
                spelt.setdefault(key, []).append(site)
        return [NewSite(code, names[0], len(names)) for (code, _), names in spelt.items()]

    def _working_elsewhere(self, organisations):
        """Those who work for somebody whom the list is not about, as far as it matters: whom it calls otherwise, or who
        would be new."""
        people = set()
        for line in self.told.staff_list.lines:
            account = self.accounts.get(line.email)
            key = account and (account.person, self.told.tallies[line.code].organisation.pk)
            if account and (key not in self.standing or line.name not in ("", account.name)):
                people.add(account.person)
        found = set()
        for chunk in chunks(list(people)):
            others = Membership.objects.filter(person__in=chunk, ends_on=None).exclude(organisation__in=organisations)
            found.update(others.order_by().values_list("person", flat=True))
        return found

    def end(self, on):
        """Whoever stood on the list and does not any more, save those on faulty lines that say who they are."""
        spared = {(fault.email, fault.code) for fault in self.told.faults}
        codes = {each.organisation.pk: each.organisation.code for each in self.told.tallies.values()}
        for (person, organisation), work in self.standing.items():
            if work.source != "list":
                continue
            tally = self.told.tallies[codes[organisation]]
            tally.listed += 1
            if (person, organisation) not in self.met and (work.email, tally.organisation.code) not in spared:
                tally.ended += 1
                self.told.ended.append(work)
        self.told.ended.sort(key=lambda work: (work.name.casefold(), work.email))
        for key, (question, email) in self.questions.items():
            if key not in self.listed and (email, codes[key[1]]) not in spared:
                self.told.withdrawn.append(question)
        lapsing = leaving.roles_that_lapse(self.told.jobs_ending, on=on, starting=self.told.jobs_starting)
        staying = leaving.indispensable(lapsing, on=on)
        self.told.roles_ending = sorted(map(_role_in_words, (each for each in lapsing if each not in staying)))
        self.told.roles_staying = sorted(map(_role_in_words, staying))


def _accounts(lines, standing):
    """{address: account} of all on the list who have one: by their address, or by another that is proven theirs."""
    found = {each.email: Account(each.person, each.email, each.name, each.own_words, each.active) for each in standing}
    others = [line.email for line in lines if line.email not in found]
    for chunk in chunks(others):
        people = Person.objects.filter(email__in=chunk)
        rows = people.values_list("email", "pk", "email", "name", "corrected", "is_active")
        found |= {email: Account(*rest) for email, *rest in rows}
    for chunk in chunks(others):
        proven = EmailAddress.objects.filter(email__in=chunk, verified=True)
        rows = proven.values_list("email", "user", "user__email", "user__name", "user__corrected", "user__is_active")
        found |= {email: Account(*rest) for email, *rest in rows}
    return found


def _aliases(lines, standing):
    """ada+rounds@… may be ada@…: perhaps one person, perhaps two. Said, and never decided; and only of people on this
    list or of these partners, since whether anybody else has an account is not for its reader to learn."""
    plus = [line for line in lines if "+" in line.email]
    bases = {base: set() for base in map(without_alias, (line.email for line in plus))}
    for email in (*(line.email for line in lines), *standing):
        if (base := without_alias(email)) in bases:
            bases[base].add(email)
    for line in plus:
        if others := sorted(bases[without_alias(line.email)] - {line.email}):
            said = f"{line.email} may be the person of {' and '.join(others)}. Both are kept as two people."
            yield Fault(line.number, said, line.email, line.code)


def _changes_in_words(change, renamed):
    said = [("name", renamed)]
    if change:
        said += [("staff group", change.group), ("site", change.site), ("on the list from now on", change.now_listed)]
    return [words for words, is_so in said if is_so]


def _role_in_words(grant):
    return f"{grant.person}: {ROLES[grant.role].name}, {grant.scope}"
