"""What this app holds about one person, in words for their own eyes; and all that is held, from every app.

Nobody else is named, not even in the file: who gave a role, whom somebody trained, who invited them is another's.
"""

import datetime as dt
import uuid
from collections import Counter

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db.models import Q

from rounds_site.kit.formats import nhs_date, nhs_moment
from rounds_site.kit.privacy import Kept

from .access import proven_addresses
from .logbook import told
from .models import (
    CareEntry,
    Delivery,
    InvitationLink,
    JoinRequest,
    ListedJob,
    Membership,
    Organisation,
    Person,
    Provider,
    RoleGrant,
    SecurityEvent,
    Training,
    Upload,
)
from .models.audit import Act
from .models.membership import RoleProposal
from .models.person import DiaryStyle, LettersTo
from .registry import Held, Holding, holdings, title_of
from .roles import ROLES

FORMAT = "all-we-hold/1"
# What opens a way in, or only marks a row for the machine: neither is read out, nor written into a file.
NOT_READ_OUT = {"password", "data", "extra_data", "token", "digest", "content", "content_hash", "message_id"}
NOT_READ_OUT |= {"dedupe_key", "sessions_ended"}
WHERE = {LettersTo.WORK: "to your own address", LettersTo.NOWHERE: "nowhere", "": "you have not said"}
STYLES = {DiaryStyle.PRIVATE: "“Private appointment”", DiaryStyle.PLAIN: "with the title of the Round"}
SECOND_STEPS = {
    Authenticator.Type.TOTP: "an app on your phone",
    Authenticator.Type.WEBAUTHN: "a passkey",
    Authenticator.Type.RECOVERY_CODES: "codes on paper",
}


def all_held(person, *, now):
    """[(Holding, what is Held)] of everything there is: who they are first, then what upper apps know. These are ready
    before this one, and register first."""
    apps = list(dict.fromkeys(holding.show.__module__ for holding in holdings))
    in_order = sorted(holdings, key=lambda holding: -apps.index(holding.show.__module__))
    found = [(holding, holding.show(person, now)) for holding in in_order]
    return [(holding, rows) for holding, rows in found if rows]


def as_file(person, *, now):
    """The same for machines. `format` is raised when a name or a meaning changes."""
    return {
        "format": FORMAT,
        "made_at": now.isoformat(),
        "held": [
            {
                "name": holding.name,
                "title": holding.title,
                "until": holding.until.value,
                "rows": [_row_of(each, person) for each in rows],
            }
            for holding, rows in all_held(person, now=now)
        ],
    }


def _row_of(held, person):
    row = {"what": held.what, "says": held.says}
    return row | {"table": held.row._meta.label, "fields": fields_of(held.row, person)} if held.row else row


def fields_of(row, person):
    """{name: value} as the database has it. A key to somebody else is left out, one to the person reads "you"."""
    found = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.name in NOT_READ_OUT:
            continue
        if field.related_model is Person:
            if value == person.pk:
                found[field.name] = "you"
        elif field.is_relation:
            found[field.name] = str(getattr(row, field.name)) if value else None
        else:
            found[field.name] = _plain(value)
    return found


def _plain(value):
    if isinstance(value, bytes | memoryview):
        # What only a key opens tells nobody anything, and would outlive the key in somebody's downloads.
        return f"{len(value)} bytes, sealed"
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def found_in_tables(person):
    """[(table, field, number of rows)]: every foreign key to people that leads to this one, by asking each table."""
    found = []
    for relation in Person._meta.get_fields(include_hidden=True):
        if relation.auto_created and not relation.concrete:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: person.pk})
            found.append((relation.related_model._meta.label, relation.field.name, rows.count()))
    return sorted(each for each in found if each[2])


# --- What this app holds --------------------------------------------------------------------------


def account(person, now):
    letters = person.personal_email or WHERE.get(person.letters_to, "")
    rows = [
        Held("Name", person.name or "none", person),
        Held("Email address", person.email),
        Held("Account since", nhs_date(person.created_at, weekday=False)),
        Held("Letters about your places", letters),
        Held("What these letters say", "only that a message waits" if person.neutral_letters else "what it is about"),
        Held("Diary entries", STYLES[person.diary_style]),
    ]
    if person.invitations_stopped_at:
        rows.append(Held("Invitations", f"stopped on {nhs_date(person.invitations_stopped_at, weekday=False)}"))
    return rows


def ways_in(person, now):
    rows = [
        Held("Address", f"{each.email}{'' if each.verified else ', not confirmed'}", each)
        for each in EmailAddress.objects.filter(user=person).order_by("-primary", "email")
    ]
    for each in Authenticator.objects.filter(user=person).order_by("pk"):
        since = nhs_date(each.created_at, weekday=False)
        rows.append(Held("Second step", f"{SECOND_STEPS[each.type]}, since {since}", each))
    names = dict(Provider.objects.values_list("code", "name"))
    for each in SocialAccount.objects.filter(user=person).order_by("pk"):
        rows.append(Held("Sign-in at work", names.get(each.provider, each.provider), each))
    return rows


def work(person, now):
    works = Membership.objects.filter(person=person).select_related("organisation", "site")
    return [Held("Works for", _work_in_words(each), each) for each in works.order_by("starts_on", "created_at")]


def listed(person, now):
    named = ListedJob.objects.filter(person=person).select_related("organisation", "site").order_by("created_at")
    said = {True: "you said no", False: "you have not said"}
    return [Held("On the staff list of", f"{each.organisation}, {said[each.declined]}", each) for each in named]


def _work_in_words(job):
    site = [job.site.name] if job.site else []
    said = [str(job.organisation), *site, job.get_staff_group_display(), dates_of(job), f"from: {_source(job)}"]
    return ", ".join(said)


def _source(job):
    return job.get_source_display().lower()


def roles(person, now):
    scopes = ("system", "place", "organisation")
    held = RoleGrant.objects.filter(person=person).select_related(*scopes).order_by("starts_on", "created_at")
    rows = [Held("Role", f"{ROLES[each.role].name}, {each.scope}, {dates_of(each)}", each) for each in held]
    by = RoleGrant.objects.filter(Q(granted_by=person) | Q(proposed_by=person)).select_related(*scopes)
    for each in by.order_by("starts_on", "created_at"):
        what = "You gave a role" if each.granted_by_id == person.pk else "You proposed a role"
        rows.append(Held(what, f"{ROLES[each.role].name}, {each.scope}, {dates_of(each)}", each))
    return rows


def training(person, now):
    rows = []
    for each in Training.objects.filter(person=person):
        held_on = f", {nhs_date(each.held_on, weekday=False)}" if each.held_on else ""
        rows.append(Held("Training as a facilitator", f"{each.course or 'no course entered'}{held_on}", each))
    mentored = Training.objects.filter(mentor=person).count()
    return [*rows, Held("Mentor", f"facilitators with you as their mentor: {mentored}")] if mentored else rows


def joining(person, now):
    rows = [
        Held("Asked to join", f"{each.organisation_name}, {each.get_state_display().lower()}", each)
        for each in JoinRequest.objects.filter(person=person)
    ]
    for each in InvitationLink.objects.filter(email__in=addresses_of(person)).select_related("organisation"):
        rows.append(Held("Invited to join", f"{each.organisation}, until {nhs_date(each.ends_at)}", each))
    invited = InvitationLink.objects.filter(invited_by=person).count()
    if invited:
        rows.append(Held("Invitations that you made", f"{invited} that wait to be used"))
    for each in RoleProposal.objects.filter(Q(person=person) | Q(proposed_by=person)).select_related("system"):
        what = "Role that waits for a second word" if each.person_id == person.pk else "Role that you proposed"
        rows.append(Held(what, f"{ROLES[each.role].name}, {each.system}", each))
    return rows


def uploads(person, now):
    waiting = Upload.objects.filter(person=person).order_by("created_at")
    return [Held("File that you chose", f"{each.name}, {nhs_moment(each.created_at)}", each) for each in waiting]


def letters(person, now):
    """Counts by kind: the letters themselves lie in mailboxes, not here."""
    sent = Delivery.objects.filter(Q(person=person) | Q(address__in=addresses_of(person)))
    kinds = Counter(sent.order_by().values_list("kind", flat=True))
    return [Held(title_of(kind), f"{number}") for kind, number in sorted(kinds.items())]


def contacts(person, now):
    named = Organisation.objects.filter(contact_email__in=addresses_of(person)).order_by("name")
    return [Held("Named contact", ", ".join(filter(None, _as_contact(each)))) for each in named]


def _as_contact(partner):
    return str(partner), f"as {partner.contact_name or partner.contact_email}", partner.contact_phone


def security_log(person, now):
    mine = [str(key) for key in (person.pk, *person.role_grants.order_by().values_list("pk", flat=True))]
    rows = SecurityEvent.objects.filter(Q(by=person.pk) | Q(about__in=mine)).order_by("at", "pk")
    return [Held(moment, _by_you(row, person, words), None) for row, (moment, words) in _told(rows)]


def care_log(person, now):
    rows = CareEntry.objects.filter(by=person.pk).order_by("hour", "what", "pk")
    return [Held(moment, _by_you(row, person, words), None) for row, (moment, words) in _told(rows)]


def _told(rows):
    rows = list(rows)
    return zip(rows, told(rows), strict=True)


def _by_you(row, person, sentence):
    """Whoever did it goes unnamed, save the person themself."""
    if row.by == person.pk:
        return sentence.replace(str(person), "You", 1)
    return f"About you: somebody {Act(row.act).label}" if row.act in Act.values else "About you"


def dates_of(dated):
    since = f"since {nhs_date(dated.starts_on, weekday=False)}"
    return f"{since}, until {nhs_date(dated.ends_on, weekday=False)}" if dated.ends_on else since


def addresses_of(person):
    """Each that they have proven, and the one that their account began with."""
    return sorted({person.email, *(email.lower() for email in proven_addresses(person))})


def register(**erasing):
    """Called once, when the app is ready; `erasing`: {name: what hinders, what erases} from the actions above."""
    for holding in [
        Holding("account", "Your account", Kept.ACCOUNT, account),
        Holding(
            *("ways_in", "Your ways in", Kept.ACCOUNT, ways_in),
            covers=("account.EmailAddress.user", "mfa.Authenticator.user", "socialaccount.SocialAccount.user"),
        ),
        Holding("work", "Where you work", Kept.WORK, work, covers=("members.Membership.person",)),
        Holding("listed", "Staff lists that name you", Kept.ACCOUNT, listed, covers=("members.ListedJob.person",)),
        Holding(
            *("roles", "Roles", Kept.ROLE, roles),
            covers=("members.RoleGrant.person", "members.RoleGrant.granted_by", "members.RoleGrant.proposed_by"),
            **erasing.get("roles", {}),
        ),
        Holding(
            *("training", "Training", Kept.ROLE, training),
            covers=("members.Training.person", "members.Training.mentor"),
        ),
        Holding(
            *("joining", "Joining", Kept.JOINING, joining),
            covers=(
                *("members.JoinRequest.person", "members.InvitationLink.invited_by"),
                *("members.RoleProposal.person", "members.RoleProposal.proposed_by"),
            ),
            **erasing.get("joining", {}),
        ),
        Holding("uploads", "Files before you accept them", Kept.UPLOAD, uploads, covers=("members.Upload.person",)),
        Holding("contacts", "Contact of a partner", Kept.CONTACT, contacts, **erasing.get("contacts", {})),
        Holding("letters", "Letters to you", Kept.LETTER, letters, covers=("members.Delivery.person",)),
        Holding("security_log", "The log of what holders of roles did", Kept.SECURITY_LOG, security_log),
        Holding("care_log", "The log of who opened what is confidential", Kept.CARE_LOG, care_log),
    ]:
        holdings.register(holding)
