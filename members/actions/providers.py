"""Sign-in providers of partners: set up by administrators, and whom they bring."""

import hashlib
from urllib.parse import urlsplit

import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import IntegrityError, transaction

from members import sealing
from members.access import grants_of, today
from members.models import Membership, Person, Place, Provider, System, SystemEdge
from members.models.audit import Act
from members.models.person import plain_email
from rounds_site.kit.refusals import Refused

from . import audit, memberships, people

SEALED_AS = "sign-in provider"
DESCRIPTION = "/.well-known/openid-configuration"
ANSWERS_WITHIN = 5
TENANTS_OF_ALL = {"common", "organizations", "consumers"}


# --- Setting one up ---------------------------------------------------------------------------------


@transaction.atomic
def add(*, system, organisations, secret, by, now, **facts):
    """Off at first: an administrator tries it before anybody is offered it."""
    try:
        with transaction.atomic():
            provider = Provider.objects.create(
                system=system, sealed_secret=seal(secret), origins=origins_of(facts["issuer"]), **facts
            )
    except IntegrityError:
        raise Refused("There is a provider with that issuer already.") from None
    provider.organisations.set(organisations)
    audit.record(Act.PROVIDER_ADDED, by=by, about=provider.code, where=system, now=now)
    return provider


@transaction.atomic
def change(*, provider, organisations, by, now, secret="", **facts):
    """Without a secret the one before stays. An issuer that changes is somebody else, whose accounts are not these."""
    changed = [name for name, value in facts.items() if getattr(provider, name) != value]
    if {*organisations} != {*provider.organisations.all()}:
        changed.append("organisations")
    if "issuer" in changed:
        raise Refused("The issuer stays as it is. For another one, add another provider and switch this one off.")
    for name, value in facts.items():
        setattr(provider, name, value)
    if secret:
        provider.sealed_secret = seal(secret)
        changed.append("secret")
    provider.origins = origins_of(provider.issuer)
    provider.save()
    provider.organisations.set(organisations)
    audit.record(
        Act.PROVIDER_CHANGED, by=by, about=provider.code, where=provider.system, now=now, changed=sorted(changed)
    )
    return provider


@transaction.atomic
def switch(*, provider, state, by, now):
    """Off, on trial (at its own address alone) or on (offered to everybody who signs in)."""
    if provider.state == state:
        return provider
    provider.state = state
    provider.save(update_fields=["state"])
    act = Act.PROVIDER_ENDED if state == Provider.State.OFF else Act.PROVIDER_CHANGED
    audit.record(act, by=by, about=provider.code, where=provider.system, now=now, state=str(state))
    return provider


def seal(secret):
    return sealing.seal(secret, purpose=SEALED_AS)


def secret_of(provider):
    return sealing.unseal(provider.sealed_secret, purpose=SEALED_AS)


def origins_of(issuer):
    """Those of its own pages; Refused where it does not describe itself, or describes somebody else."""
    parts = urlsplit(issuer)
    if parts.hostname == "login.microsoftonline.com" and TENANTS_OF_ALL & set(parts.path.split("/")):
        raise Refused("That issuer lets in accounts of any organisation. Use the one with your own tenant's id in it.")
    try:
        answer = requests.get(issuer.rstrip("/") + DESCRIPTION, timeout=ANSWERS_WITHIN, allow_redirects=False)
        described = answer.json() if answer.status_code == 200 else {}
        says, leads_to = described["issuer"], urlsplit(str(described["authorization_endpoint"]))
    except (requests.RequestException, ValueError, KeyError, TypeError):
        raise Refused(f"Nothing that describes a provider was found at {issuer}. Check the issuer.") from None
    if says != issuer:
        raise Refused(f"The provider calls itself {str(says)[:200]}. Enter exactly that as its issuer.")
    if not leads_to.netloc or (leads_to.scheme != "https" and not settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN):
        raise Refused("The provider's page for signing in is not at an https address, so nobody may sign in there.")
    origin = f"{leads_to.scheme}://{leads_to.netloc}"
    return sorted({origin, f"{parts.scheme}://{parts.netloc}"})


# --- Whom it brings ---------------------------------------------------------------------------------


@transaction.atomic
def recognise(*, provider, subject, email, email_denied, name, now):
    """The person whom the provider speaks of, made if need be; None where its word alone does not prove who they are.

    Known by the provider's own name for them, once an address of a domain that it vouches for led here; never by any
    other address, which whoever runs the provider could have typed.
    """
    uid = hashlib.sha256(f"{provider.issuer}|{subject}".encode()).hexdigest()
    known = _who_came_before(provider, uid)
    if known is None:
        # Of two who come back at once, as by a button pressed twice, the second finds what the first has made.
        Provider.objects.select_for_update(no_key=True).get(pk=provider.pk)
        known = _who_came_before(provider, uid)
    if known:
        return known if _may_speak_of(provider, known, now) else None
    email = plain_email(email)
    if email_denied or not provider.vouches_for(email):
        return None
    person = Person.objects.known_as(email)
    if person is None:
        person = people.add_person(email=email, name=name, trusted=True)
    elif not _may_speak_of(provider, person, now):
        return None
    if not EmailAddress.objects.filter(user=person, email=email).update(verified=True):
        first = not EmailAddress.objects.filter(user=person, primary=True).exists()
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=first)
    SocialAccount.objects.create(provider=provider.code, uid=uid, user=person)
    _employ(person, provider, now)
    return person


def _who_came_before(provider, uid):
    account = SocialAccount.objects.filter(provider=provider.code, uid=uid).select_related("user").first()
    return account and account.user


def _may_speak_of(provider, person, now):
    """Of whoever works elsewhere alone, or holds any role elsewhere, its word proves nothing: whoever runs it could say
    that anybody has come, and that they showed a second step."""
    if not all(_lies_within(provider, grant.scope, now) for grant in grants_of(person, now=now)):
        return False
    works = Membership.objects.in_force(today(now)).filter(person=person)
    return works.filter(organisation__in=provider.organisations.all()).exists() or not works.exists()


def _lies_within(provider, scope, now):
    """Whether what a role gives there concerns nobody but the provider's system, or the partners whose it is."""
    if isinstance(scope, System):
        return scope == provider.system
    if isinstance(scope, Place):
        return scope.system_id == provider.system_id
    if provider.organisations.contains(scope):
        return True
    edges = SystemEdge.objects.in_force(today(now)).filter(organisation=scope)
    return set(edges.values_list("system", flat=True)) == {provider.system_id}


def _employ(person, provider, now):
    """Whoever works nowhere yet works for the provider's partner; of several, the person says which."""
    partners = list(provider.organisations.order_by("name")[:2])
    if len(partners) == 1 and not Membership.objects.filter(person=person).exists():
        memberships.employ(person=person, organisation=partners[0], staff_group="not_said", source="provider", now=now)
