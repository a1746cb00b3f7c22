"""What a staff list would change: the list beside the people as they stand. Nothing is written here."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from allauth.account.models import EmailAddress

from members.access import today
from members.models import Membership, Person, RoleGrant, Site
from members.roles import ROLES

from .staff_lists import Fault, Line, StaffList

CHUNK = 500


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
    """What accepting would do. `new`: (line, the account they have, if any). `names`: {person: name from now on}."""

    staff_list: StaffList
    tallies: dict[str, Tally]
    new: list[tuple[Line, object]] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    names: dict = field(default_factory=dict)
    ended: list[Standing] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    roles_left: list[str] = field(default_factory=list)

    @property
    def faults(self):
        return self.staff_list.faults

    @property
    def total(self):
        tallies = self.tallies.values()
        names = ("listed", "new", "changed", "unchanged", "ended")
        return Tally(None, **{name: sum(getattr(each, name) for each in tallies) for name in names})

    @property
    def to_confirm(self):
        return [each for each in self.tallies.values() if each.ends_many]

    @property
    def does_something(self):
        """A list of people who all stand here still makes it their organisation's staff list."""
        first = any(not each.organisation.has_staff_list for each in self.tallies.values())
        return bool(self.new or self.changed or self.ended or self.names or first)

    @cached_property
    def digest(self):
        """The same for the same list against the same people; anything else makes another."""
        told = hashlib.sha256()
        for part in (self.new, self.changed, [each.pk for each in self.ended], self.names.items()):
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
        self.elsewhere = _working_elsewhere(told.staff_list.lines, self.accounts, pks)
        self.sites = {site.pk: site.name for site in Site.objects.filter(organisation__in=pks)}
        self.named, self.met = {}, {}

    def run(self, on):
        for line in self.told.staff_list.lines:
            self.take(line)
        self.end(on)
        self.told.warnings += _aliases(self.told.staff_list.lines, [each.email for each in self.standing.values()])
        self.told.warnings.sort()

    def take(self, line):
        account, tally = self.accounts.get(line.email), self.told.tallies[line.code]
        if account and not self._sound(line, account, tally.organisation.pk):
            return
        work = account and self.standing.get((account.person, tally.organisation.pk))
        renamed = bool(account) and self._renamed(line, account)
        if not work:
            self.told.new.append((line, account and account.person))
            tally.new += 1
            return
        change = self._change(line, work)
        if change:
            self.told.changed.append(change)
        if change or renamed:
            tally.changed += 1
        else:
            tally.unchanged += 1

    def _sound(self, line, account, organisation):
        before = self.met.setdefault((account.person, organisation), line.number)
        if not account.active:
            said = f"{line.email} has a closed account, which is left alone."
        elif before != line.number:
            said = f"{line.email} is another address of the person in line {before}, who is taken once."
        else:
            return True
        self.told.warnings.append(Fault(line.number, said, line.email, line.code))
        return False

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
        same_site = line.site.casefold() == self.sites.get(work.site, "").casefold()
        change = Change(
            line, work.pk, work.person, group, line.site if line.site and not same_site else None, work.source != "list"
        )
        return change if change.group or change.site or change.now_listed else None

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
        self.told.roles_left = _roles_of([work.person for work in self.told.ended], on)


def _accounts(lines, standing):
    """{address: account} of all on the list who have one: by their address, or by another that is proven theirs."""
    found = {each.email: Account(each.person, each.name, each.own_words, each.active) for each in standing}
    others = [line.email for line in lines if line.email not in found]
    for chunk in chunks(others):
        people = Person.objects.filter(email__in=chunk).values_list("email", "pk", "name", "corrected", "is_active")
        found |= {email: Account(*rest) for email, *rest in people}
    for chunk in chunks(others):
        proven = EmailAddress.objects.filter(email__in=chunk, verified=True)
        rows = proven.values_list("email", "user", "user__name", "user__corrected", "user__is_active")
        found |= {email: Account(*rest) for email, *rest in rows}
    return found


def _working_elsewhere(lines, accounts, organisations):
    """Those whom the list calls otherwise, and who work for somebody whom it is not about."""
    named = [(line.name, accounts[line.email]) for line in lines if line.name and line.email in accounts]
    people = list({account.person for name, account in named if name != account.name})
    found = set()
    for chunk in chunks(people):
        others = Membership.objects.filter(person__in=chunk, ends_on=None).exclude(organisation__in=organisations)
        found.update(others.order_by().values_list("person", flat=True))
    return found


def _aliases(lines, standing):
    """ada+rounds@… may be ada@…: perhaps one person, perhaps two. Said, and never decided; and only of people on this
    list or of these partners, since whether anybody else has an account is not for its reader to learn."""
    plus = [line for line in lines if "+" in line.email]
    bases = {base: set() for base in map(_base, (line.email for line in plus))}
    for email in (*(line.email for line in lines), *standing):
        if (base := _base(email)) in bases:
            bases[base].add(email)
    for line in plus:
        if others := sorted(bases[_base(line.email)] - {line.email}):
            said = f"{line.email} may be the person of {' and '.join(others)}. Both are kept as two people."
            yield Fault(line.number, said, line.email, line.code)


def _base(email):
    name, _, domain = email.rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"


def _roles_of(people, on):
    """Roles outlive the list: whoever gave them decides. So they are named."""
    held = []
    for chunk in chunks(people):
        grants = RoleGrant.objects.in_force(on).filter(person__in=chunk)
        held += grants.select_related("person", "system", "place", "organisation")
    return sorted(f"{grant.person}: {ROLES[grant.role].name}, {grant.scope}" for grant in held)


def chunks(items, size=CHUNK):
    """Databases take only so many parameters at once."""
    return (items[start : start + size] for start in range(0, len(items), size))
