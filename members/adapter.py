"""How allauth behaves here: accounts begin at a partner's join link, a staff list or an administrator."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.core import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.utils import timezone

from members.actions import invitations
from members.models import System
from rounds_site.kit.refusals import Refused

JOINING = "joining"
FAILED_TOO_OFTEN = "That was tried too often. Please wait 5 minutes, then try again."


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "add_email_blocked": "While a second step is in use, no address can be added. Stop using it first",
        "cannot_delete_authenticator": "The second step cannot be stopped just now",
        "cannot_generate_recovery_codes": "Set up an app on your phone first: the codes on paper stand in for it",
        "incorrect_code": "That code is not right. Wait until the app shows the next one, then enter that",
        "unverified_email": "Confirm your email address first, then set up a second step",
    }


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed. If that is wrong, ask an administrator of the portal",
        "cannot_remove_primary_email": "We write to that address. Choose another for our letters, then remove this one",
        "duplicate_email": "You have that address here already",
        "email_taken": "That address belongs to another account",
        "incorrect_code": "That code is not right. Look for the newest letter, or ask for another code",
        "max_email_addresses": "You cannot have more than %d addresses here",
        "rate_limited": "Another code was asked for just now. Please wait a minute, then try again.",
        "same_as_current": "That is the address you have now",
        # Said where the code has ended after its last try; one may ask for another at once.
        "too_many_login_attempts": "Those codes were not right, so the code has ended. You can ask for another now.",
        "unverified_primary_email": "Confirm that address first: we send a code to it",
    }

    def validation_error(self, code, *args):
        """Within a form these two mean that somebody has failed too often and is held up for five minutes."""
        if code in ("too_many_login_attempts", "rate_limited"):
            return ValidationError(FAILED_TOO_OFTEN, code=code)
        return super().validation_error(code, *args)

    def is_open_for_signup(self, request):
        return False

    def get_from_email(self):
        system = System.objects.order_by("created_at").only("sender_name", "sender_address").first()
        return system.sender if system else settings.DEFAULT_FROM_EMAIL

    def format_email_subject(self, subject):
        """As it is: allauth would put the name of a site before it."""
        return subject

    def send_mail(self, template_prefix, email, context):
        told = {"minutes": settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60, "service_name": settings.SERVICE_NAME}
        super().send_mail(template_prefix, email, told | context)

    def login(self, request, user):
        """The code was entered, so the address is theirs: now they may become staff of the partner they joined."""
        super().login(request, user)
        joining = request.session.pop(JOINING, None)
        if joining and joining.pop("person", None) == str(user.pk):
            finish_joining(request, user, joining)


def begin_joining(request, *, email, **said):
    """Send a code to the address and keep what was said until it is entered; one and the same for every address.

    Returns whether a code may be asked for: not more often than on the page for signing in.
    """
    if not ratelimit.consume(request, action="request_login_code", key=email):
        return False
    person = invitations.account_for(email=email, now=timezone.now())
    request.session[JOINING] = {"person": str(person.pk) if person else None, **said}
    LoginCodeVerificationProcess.initiate(request=request, user=person, email=email)
    return True


def finish_joining(request, person, said):
    try:
        membership = invitations.join(person=person, now=timezone.now(), **said)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, f"You have joined as staff of {membership.organisation}.")
