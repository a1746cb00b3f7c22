"""How allauth behaves here: accounts begin at a partner's join link, a staff list or an administrator."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.utils import timezone

from members.actions import invitations
from members.models import System
from rounds_site.kit.refusals import Refused

JOINING = "joining"


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def get_from_email(self):
        system = System.objects.order_by("created_at").only("sender_name", "sender_address").first()
        return system.sender if system else settings.DEFAULT_FROM_EMAIL

    def format_email_subject(self, subject):
        """As it is: allauth would put the name of a site before it."""
        return subject

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
