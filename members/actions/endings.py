"""What this app keeps on people, why, and how it ends: its part of the table of which docs/privacy.md is written."""

from django.db.models import Q

from members import emails
from members.access import today
from members.models import (
    CareEntry,
    Delivery,
    InvitationLink,
    JoinRequest,
    Membership,
    Person,
    RoleGrant,
    RoleProposal,
    Suppression,
    Training,
    Upload,
)
from members.models.audit import KEPT_FOR
from members.models.joining import REQUEST_KEPT_FOR
from members.registry import Keeping, keepings
from rounds_site.kit.privacy import Kept, kept_for, kept_in_words

from . import chain, correspondence, erasure, guests, invitations, people, suppressions
from .retention import rows_of

INVITED = "invited"
MANAGERS = "you, and those who manage people for your organisation or your system"
SERVER = "those who run the server"
GOVERNANCE = "the information-governance lead"


def ended_jobs(now):
    return Membership.objects.filter(ends_on__lte=today(now) - kept_for("work"))


def ended_roles(now):
    return RoleGrant.objects.filter(ends_on__lte=today(now) - kept_for("roles"))


def old_training(now):
    """Of whoever holds no role any more, nor has for as long as one is kept: their roles are gone by then."""
    return Training.objects.filter(person__role_grants=None, created_at__lte=now - kept_for("roles"))


def nowhere(now):
    """Accounts of people whom nobody employs, or has lately: until then their membership stands."""
    alone = Person.objects.filter(memberships=None, role_grants=None, join_request=None, listed_jobs=None)
    return alone.filter(created_at__lte=now - REQUEST_KEPT_FOR)


def accounts_due(now):
    begun = people.unconfirmed(before=now - invitations.UNCONFIRMED_AT_MOST)
    keys = {*begun.values_list("pk", flat=True), *guests.left(nowhere(now)).values_list("pk", flat=True)}
    return sorted(keys)


def forget_accounts(*, keys, now):
    number = people.forget_unconfirmed(keys, before=now - invitations.UNCONFIRMED_AT_MOST)
    for person in nowhere(now).filter(pk__in=keys).order_by("pk"):
        number += guests.forget_if_left(person=person)
    return number


def invitations_due(now):
    """Links that have ended, and the letters with them, also of links that were used before."""
    keys = set(InvitationLink.objects.ended(now).values_list("pk", flat=True))
    return sorted(keys | set(_letters_with_ended_links(now).values_list("pk", flat=True)))


def forget_invitations(*, keys, now):
    links = InvitationLink.objects.ended(now).filter(pk__in=keys)
    return links.delete()[0] + _letters_with_ended_links(now).filter(pk__in=keys).delete()[0]


def _letters_with_ended_links(now):
    return Delivery.objects.filter(kind=INVITED, expires_at__lte=now)


def requests_due(now):
    return sorted(JoinRequest.objects.old(now).values_list("pk", flat=True))


def forget_requests(*, keys, now):
    """With the letters about them."""
    old = JoinRequest.objects.old(now).filter(pk__in=keys)
    Delivery.objects.filter(about__in=old.values("pk")).delete()
    return old.delete()[0]


def old_proposals(now):
    return RoleProposal.objects.over(now)


def old_uploads(now):
    return Upload.objects.forgotten(now)


def old_suppressions(now):
    return Suppression.objects.filter(created_at__lte=now - suppressions.KEPT)


def old_care_entries(now):
    return CareEntry.objects.filter(hour__lt=now - KEPT_FOR)


def last_letters(now):
    """That accounts were erased: once they have left; those that did not arrive, 30 days later."""
    gone = Q(state__in=erasure.GONE) | Q(created_at__lte=now - erasure.KEPT_FOR)
    return Delivery.objects.filter(gone, kind=emails.ERASED)


def register():
    """Called once, when the app is ready."""
    for keeping in KEEPINGS:
        keepings.register(keeping)


KEEPINGS = [
    Keeping(
        "logs_of_roles",
        "What you did with a role",
        Kept.SECURITY_LOG,
        purpose="So that it can be seen who gave a role, changed a setting or took a file",
        seen_by=f"{GOVERNANCE}; who took a return to the licensor, also those who steer that system",
        remains="the number and the seal of the last row that went, from which the rest is checked",
        covers=("members.SecurityEvent",),
        due=chain.due,
        forget=chain.forget,
    ),
    Keeping(
        "logs_of_lists",
        "Which lists you opened by a part in a Round or a role",
        Kept.CARE_LOG,
        purpose="So that it can be seen who opened what is confidential, by the hour",
        seen_by=GOVERNANCE,
        covers=("members.CareEntry",),
        **rows_of(old_care_entries),
    ),
    Keeping(
        "letters",
        "Which letters we sent you, and when",
        Kept.LETTER,
        purpose="So that none is lost and none goes twice",
        seen_by=f"{SERVER}; administrators see numbers",
        remains="how many invitations of a Round went",
        covers=("members.Delivery",),
        due=correspondence.due,
        forget=correspondence.forget,
        at_once=1000,
    ),
    Keeping(
        "last_letters",
        "The letter that says that an account was erased",
        Kept.LETTER,
        purpose="So that its owner knows",
        seen_by=SERVER,
        covers=("members.Delivery",),
        **rows_of(last_letters),
    ),
    Keeping(
        "uploads",
        "Files before they are accepted",
        Kept.UPLOAD,
        purpose="So that what is imported is what was shown",
        seen_by="whoever chose the file",
        covers=("members.Upload",),
        **rows_of(old_uploads),
        ends="accepting it, or choosing another",
    ),
    Keeping(
        "requests",
        "A request to join, if your organisation is not listed",
        Kept.JOINING,
        purpose="So that an administrator can let you in",
        seen_by="you and the administrators",
        remains="your work there, if you were let in",
        covers=("members.JoinRequest",),
        due=requests_due,
        forget=forget_requests,
        ends="being accepted or withdrawn",
    ),
    Keeping(
        "invitations",
        "An address that was invited to join",
        Kept.JOINING,
        purpose="So that the link in its letter works once",
        seen_by="the administrators of that partner",
        covers=("members.InvitationLink",),
        due=invitations_due,
        forget=forget_invitations,
        ends="being used or withdrawn; after 14 days at most",
    ),
    Keeping(
        "proposals",
        "A role that waits for a second person",
        Kept.JOINING,
        purpose="So that no one alone gives it",
        seen_by="those who may give that role",
        covers=("members.RoleProposal",),
        **rows_of(old_proposals),
        ends="being confirmed or declined; after 14 days at most",
    ),
    Keeping(
        "suppressions",
        "An address that is written to no more",
        Kept.SUPPRESSED,
        purpose="So that nobody writes to a mailbox that is not there, or whose owner wants none",
        seen_by="nobody: it cannot be read",
        covers=("members.Suppression",),
        **rows_of(old_suppressions),
        ends="letters being let go there again",
    ),
    Keeping(
        "work",
        "Where you work: employer, site and staff group",
        Kept.WORK,
        purpose="So that you are invited to the Rounds open to you",
        seen_by=MANAGERS,
        covers=("members.Membership",),
        **rows_of(ended_jobs),
    ),
    Keeping(
        "roles",
        "A role you hold, if you hold one",
        Kept.ROLE,
        purpose="So that you can do what it lets you do",
        seen_by="you and those who look after the portal",
        covers=("members.RoleGrant",),
        **rows_of(ended_roles),
    ),
    Keeping(
        "training",
        "A facilitator's record of training",
        Kept.ROLE,
        purpose="So that facilitators are trained and have a mentor",
        seen_by=MANAGERS,
        covers=("members.Training",),
        **rows_of(old_training),
    ),
    Keeping(
        "contacts",
        "Being the named contact of a partner",
        Kept.CONTACT,
        purpose="So that somebody there passes letters on, and can be rung",
        seen_by="those who plan Rounds for that partner or look after it",
        covers=("members.Organisation",),
        ends="an administrator of the partner, who names another, or your erasing your account",
    ),
    Keeping(
        "listed",
        "That another partner's staff list names you",
        Kept.ACCOUNT,
        purpose="So that you can say whether you work there too",
        seen_by="you; nobody there learns that you have an account",
        covers=("members.ListedJob",),
        ends="your answer, the next list of that partner, or the end of your account",
    ),
    Keeping(
        "accounts",
        "Your name, addresses, how you sign in and where letters go",
        Kept.ACCOUNT,
        purpose="So that you can sign in and nobody else comes in as you",
        seen_by=f"{MANAGERS}; how you sign in, you alone",
        remains="a number in the two logs, for as long as they are kept, that leads to nobody",
        covers=("members.Person",),
        due=accounts_due,
        forget=forget_accounts,
        at_once=50,
        ends="your erasing it; by itself a day after it was begun if its code was never entered, 30 days after if you "
        f"came to work at no partner, and {kept_in_words('work')} after your work at the last one ended. An account "
        "stays while something that is kept names you: a Round that you facilitated, say",
    ),
]
