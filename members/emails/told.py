"""Which letters about coming in, roles and the log there are, who gets each and when not; and how each looks."""

from functools import partial

from django.utils import timezone

from members.registry import Facts, Told
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.links import absolute_url

from .composing import said_of

AS_IT_GOES = "As it goes"
SOMEBODY = "Robin Example"
SOMEWHERE = "Elmbridge Hospital"


def _one(system, *, contact=False, **words):
    said = said_of(system) | ({"contact": system.contact} if contact else {}) | words
    button_url = {"button_url": absolute_url("home")}
    return {AS_IT_GOES: Facts(address="", sender=system.sender, context=button_url | said)}


def _role(system, **words):
    return _one(system, contact=True, role="Facilitator", scope=str(system), **words)


def _with_days(samples, *names):
    """The days in it are those on which somebody looks."""
    return lambda system: samples(system, **{name: nhs_date(timezone.localdate()) for name in names})


TOLD = {
    "invited": Told(
        "Invitations to join",
        "The address that an administrator invited",
        "Once its link has been used, withdrawn or has ended",
        _with_days(partial(_one, organisation=SOMEWHERE, inviter=SOMEBODY), "until"),
    ),
    "request_accepted": Told(
        "Requests to join accepted",
        "Who asked to join, and may",
        "Once they have left again",
        partial(_one, organisation=SOMEWHERE),
    ),
    "request_asked": Told(
        "Questions about a request to join",
        "Who asked to join, when an administrator asks back",
        "Once they have answered, or it is decided",
        _one,
    ),
    "request_declined": Told(
        "Requests to join declined",
        "Who asked to join",
        "Once they are forgotten",
        partial(_one, contact=True, organisation=SOMEWHERE),
    ),
    "role_given": Told(
        "Roles given or changed",
        "Who was given a role, or whose role got other dates",
        "Once it is over, or its dates are others again",
        _with_days(partial(_role, giver=SOMEBODY, last_day=""), "first_day"),
    ),
    "role_ended": Told(
        "Roles that have ended",
        "Who held a role, on the first morning without it",
        "Where it goes on after all",
        _role,
    ),
    "licence_ending": Told(
        "Licences that end soon",
        "The administrators of a whole system, 90 and 30 days before the licence ends",
        "Once it has another last day, or to somebody who is an administrator no longer",
        _with_days(partial(_one, number="SR 104"), "last_day"),
    ),
    "log_head": Told(
        "Heads of the log",
        "Each information-governance lead, when the head of the log has moved",
        "Once they are one no longer",
        _with_days(partial(_one, line='{"number": 1284, "digest": "9f2c…"}'), "day"),
    ),
    "account_erased": Told(
        "Accounts erased",
        "The address of an account that was just erased",
        "There is no such case: it always goes",
        partial(_one, contact=True),
    ),
}
