"""How allauth behaves here: accounts begin at a partner's join link, a staff list or an administrator."""

import logging
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.emailkit import valid_email_or_none
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.signals import email_changed, email_confirmed, email_removed
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa import signals as second_steps
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.signals import pre_save
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from members import current, sealing
from members.access import needs_second_factor, signed_in, widest_scope
from members.actions import audit, guests, invitations, providers
from members.models import Person, Provider, System
from members.models.audit import Act
from members.models.provider import KIND
from members.views.letters import follow_addresses, use_awaited_address
from rounds_site.kit.refusals import Refused

logger = logging.getLogger(__name__)

JOINING = "joining"
OWN = "sign out and join with an address of your own, or add a plus and your name to this one: team+maya@example.org."
FAILED_TOO_OFTEN = "That was tried too often. Please wait 5 minutes, then try again."


class SignedIn(AuthenticationBackend):
    """As allauth's; who is signed in is read together with whether they hold a role."""

    def get_user(self, user_id):
        person = signed_in(user_id, now=timezone.now())
        return person if person and self.user_can_authenticate(person) else None


class SecondStepAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "add_email_blocked": "While a second step is in use, no address can be added. Stop using it first",
        "cannot_delete_authenticator": "The second step cannot be stopped just now",
        "cannot_generate_recovery_codes": "Set up an app on your phone first: the codes on paper stand in for it",
        "incorrect_code": "That code is not right. Wait until the app shows the next one, then enter that",
        "unverified_email": "Confirm your email address first, then set up a second step",
    }

    def encrypt(self, text):
        return sealing.seal(text, purpose="second step")

    def decrypt(self, encrypted_text):
        return sealing.unseal(encrypted_text, purpose="second step")

    def generate_authenticator_name(self, user, type):  # noqa: A002 (allauth's name)
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return "Passkey" if number == 1 else f"Passkey {number}"

    def _get_site_name(self):
        return settings.SERVICE_NAME


class SecondStepStage(AuthenticateStage):
    """Asked of those whose role wants it and of those who chose it. A passkey alone is no such choice: it stands beside
    the code of whoever has no role, or it would lock them out where there is no JavaScript."""

    def _should_handle(self, request):
        person = self.login.user
        if not super()._should_handle(request) or request.session.get(current.SECOND_STEP) == str(person.pk):
            return False
        chosen = Authenticator.objects.filter(user=person, type=Authenticator.Type.TOTP).exists()
        return chosen or needs_second_factor(person, now=timezone.now())


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed. If that is wrong, ask an administrator of the portal",
        "cannot_remove_primary_email": "We write to that address. Choose another for our letters, then remove this one",
        "duplicate_email": "You have that address here already",
        "email_password_mismatch": "That address and password do not belong together. Try again, or ask for a code",
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

    def is_reauthentication_required(self, *, app, **options):
        """Never allauth's way, which asks nothing of people without a password: members.views.proving guards these."""
        return False

    def is_safe_url(self, url):
        """After signing in one stays here, whatever the link said: a path of ours, and no address with a host."""
        return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_login_stages(self):
        ours = f"{SecondStepStage.__module__}.{SecondStepStage.__qualname__}"
        theirs = f"{AuthenticateStage.__module__}.{AuthenticateStage.__qualname__}"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def get_from_email(self):
        system = System.objects.standing().order_by("created_at").only("sender_name", "sender_address").first()
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

    def post_login(self, request, user, **options):
        """Whoever nobody knows is first asked where they work, wherever they were going: nothing is open to them."""
        response = super().post_login(request, user, **options)
        if not guests.is_newcomer(user, now=timezone.now()):
            return response
        onwards = f"?{urlencode({'next': response.url})}" if response.url != reverse("home") else ""
        return redirect(reverse("where_you_work") + onwards)


def begin_joining(request, *, email, **said):
    """Send a code to the address and keep what was said until it is entered; one and the same for every address.

    Returns whether a code may be asked for: not more often than on the page for signing in.
    """
    if not ratelimit.consume(request, action="request_login_code", key=email):
        return False
    if request.user.is_authenticated:  # in another account than that of this address
        logout(request)
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
        say_whose(request, membership.person, said["name"])


def say_whose(request, person, name):
    """Two people may read one mailbox, and one person have two addresses: only they can tell, once they are in."""
    person.refresh_from_db(fields=["name"])
    if name.casefold() != person.name.casefold():
        messages.info(
            request, f"This account is {person.name}'s. If that is somebody who shares the mailbox with you, {OWN}"
        )
    elif person.mailbox:
        messages.info(request, f"The plus makes this an account of its own, apart from any of {person.mailbox}.")


# --- Providers of partners ------------------------------------------------------------------------

ASKED_FOR_ANOTHER = "The sign-in at {provider} was not completed. Try again, or ask for a code."
NO_ADDRESS = "{provider} did not tell us your email address, so we do not know who you are. Ask for a code instead."
NOT_VOUCHED_FOR = "{provider} does not vouch for that address, so we have sent a code to it."


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Providers come from our own table, whom they bring from our own rules: of allauth the protocol alone."""

    def list_apps(self, request, provider=None, client_id=None):
        found = Provider.objects.working().order_by("name")
        if provider and provider != KIND:
            found = found.filter(code=provider)
        return [app for each in found if (app := app_of(each))]

    def pre_social_login(self, request, sociallogin):
        """Everything is decided here: afterwards allauth signs in whoever `sociallogin.user` is, or nobody."""
        provider = Provider.objects.get(code=sociallogin.account.provider)
        claims = sociallogin.account.extra_data.get("id_token") or {}
        told = sociallogin.account.extra_data.get("userinfo") or {}
        nonce = (sociallogin.state.get("data") or {}).get("nonce")
        if not speaks_of_one(claims, told, issuer=provider.issuer, nonce=nonce):
            raise ImmediateHttpResponse(back_to_signing_in(request, ASKED_FOR_ANOTHER, provider))
        email = address_in(claims) or address_in(told)
        person = self._recognise(request, provider, claims, told, email)
        if person is None:
            raise ImmediateHttpResponse(prove_by_code(request, provider, email, sociallogin.get_redirect_url(request)))
        if provider.saw_second_step(claims):
            current.note_second_step(request, person)
        sociallogin.user = person

    def _recognise(self, request, provider, claims, told, email):
        said = claims | told
        try:
            return providers.recognise(
                provider=provider,
                subject=claims["sub"],
                email=email,
                email_denied=denied_in(claims) or denied_in(told),
                name=" ".join(str(said.get("name") or "").split())[:100],
                now=timezone.now(),
            )
        except Refused as refusal:
            raise ImmediateHttpResponse(back_to_signing_in(request, str(refusal), provider)) from None

    def on_authentication_error(self, request, provider, **said):
        raise ImmediateHttpResponse(back_to_signing_in(request, ASKED_FOR_ANOTHER, provider.name))

    def is_open_for_signup(self, request, sociallogin):
        return False


def app_of(provider):
    """None where the portal has another SECRET_KEY than when the provider's secret was entered."""
    settings = {"server_url": provider.issuer.rstrip("/"), "oauth_pkce_enabled": True}
    try:
        secret = providers.secret_of(provider)
    except sealing.CannotOpen:
        logger.error("The secret of the sign-in provider %s cannot be opened: enter it again", provider.code)
        return None
    return SocialApp(
        provider=KIND,
        provider_id=provider.code,
        name=provider.name,
        client_id=provider.client_id,
        secret=secret,
        settings=settings,
    )


def speaks_of_one(claims, told, *, issuer, nonce):
    """Whether the very issuer signed it, in answer to our own question, and what it told besides is of the same
    person. allauth compares with what the provider's description says today; we with what an administrator entered."""
    ours = claims.get("iss") == issuer and nonce and claims.get("nonce") == nonce
    return bool(ours and claims.get("sub") and told.get("sub") in (None, claims["sub"]))


def address_in(claims):
    email = claims.get("email")
    return valid_email_or_none(email) or "" if isinstance(email, str) else ""


def denied_in(claims):
    """Whether the address is said not to be theirs; to say nothing of it is not to deny it."""
    return claims.get("email_verified", True) in (False, "false")


def back_to_signing_in(request, words, provider):
    messages.warning(request, words.format(provider=provider))
    return redirect("account_request_login_code")


def prove_by_code(request, provider, email, leads_to):
    """As if they had typed the address themselves: one page and one letter, whoever is known here."""
    if not email:
        return back_to_signing_in(request, NO_ADDRESS, provider)
    if not ratelimit.consume(request, action="request_login_code", key=email.lower()):
        return back_to_signing_in(request, "Too many codes were asked for just now. Please wait a minute.", provider)
    person = Person.objects.known_as(email)
    LoginCodeVerificationProcess.initiate(
        request=request, user=person if person and person.is_active else None, email=email
    )
    messages.info(request, NOT_VOUCHED_FOR.format(provider=provider))
    onwards = f"?{urlencode({'next': leads_to})}" if leads_to else ""
    return redirect(reverse("account_confirm_login_code") + onwards)


# --- What allauth tells of ------------------------------------------------------------------------


def listen():
    email_confirmed.connect(use_awaited_address, dispatch_uid="write to the address just proven")
    email_changed.connect(follow_addresses, dispatch_uid="follow another first address")
    email_removed.connect(follow_addresses, dispatch_uid="follow an address removed")
    user_logged_in.connect(current.begin, dispatch_uid="begin a session")
    user_logged_in.connect(record_signed_in, dispatch_uid="record a sign-in")
    second_steps.authenticator_used.connect(note_second_step, dispatch_uid="second step used")
    second_steps.authenticator_added.connect(note_second_step, dispatch_uid="second step added")
    second_steps.authenticator_added.connect(record_added, dispatch_uid="record a second step added")
    second_steps.authenticator_removed.connect(record_removed, dispatch_uid="record a second step removed")
    second_steps.authentication_failed.connect(record_refused, dispatch_uid="record a second step refused")
    pre_save.connect(forget_use, sender=Authenticator, dispatch_uid="forget use of a second step")


def note_second_step(sender, request, user, **said):
    current.note_second_step(request, user)


def record_signed_in(sender, user, **said):
    record_of(user, Act.SIGNED_IN)


def record_added(sender, user, authenticator, **said):
    record_of(user, Act.SECOND_FACTOR_ADDED, kind=authenticator.type)


def record_removed(sender, user, authenticator, **said):
    record_of(user, Act.SECOND_FACTOR_REMOVED, kind=authenticator.type)


def record_refused(sender, user, authenticator, **said):
    record_of(user, Act.SECOND_FACTOR_REFUSED, kind=authenticator.type)


def record_of(person, act, **said):
    """Of holders of roles only: how others sign in stands in no log."""
    now = timezone.now()
    if needs_second_factor(person, now=now):
        with transaction.atomic():
            audit.record(act, by=person, now=now, where=widest_scope(person, now=now), **said)


def forget_use(sender, instance, **said):
    """When somebody last used a phone or a passkey is nobody's business."""
    instance.last_used_at = None
