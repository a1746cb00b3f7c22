"""Approved e-mail domains: by whose addresses people may say that they work for an organisation."""

from django.db import IntegrityError, transaction

from members.models import ApprovedDomain
from members.models.audit import Act
from rounds_site.kit.refusals import Refused

from . import audit

# Mailboxes that anybody may have: the great ones, and those that come with a line or a telephone here.
PUBLIC = frozenset(
    """
    aol.co.uk aol.com blueyonder.co.uk btinternet.com btopenworld.com duck.com fastmail.com gmail.com gmx.co.uk gmx.com
    gmx.net googlemail.com hey.com hotmail.co.uk hotmail.com icloud.com live.co.uk live.com mac.com mail.com mail.ru
    me.com msn.com ntlworld.com orange.net outlook.co.uk outlook.com plus.com plus.net plusnet.co.uk pm.me proton.me
    protonmail.com qq.com rocketmail.com sky.com talktalk.co.uk talktalk.net tiscali.co.uk tuta.com tutanota.com
    virgin.net virginmedia.com yahoo.co.uk yahoo.com yahoo.ie yandex.com yandex.ru ymail.com zoho.com
    """.split()
)


class AnybodyMayHaveOne(Refused):
    """Approving the domain of a public mail provider lets everybody in, so it must be said to be meant."""


@transaction.atomic
def approve(*, organisation, domain, even_public=False, by, now):
    """`domain` in small letters, without @. Many organisations may approve the same one, as all on nhs.net will."""
    if domain in PUBLIC and not even_public:
        raise AnybodyMayHaveOne(
            f"Anybody can have an address at {domain}, so anybody could join as staff of {organisation}."
        )
    try:
        with transaction.atomic():
            approved = ApprovedDomain.objects.create(organisation=organisation, domain=domain)
    except IntegrityError:
        raise Refused(f"{domain} is approved already.") from None
    audit.record(Act.DOMAIN_ADDED, by=by, about=domain, where=organisation, now=now)
    return approved


@transaction.atomic
def end(*, approved, by, now):
    """Whoever joined by it stays; nobody new does."""
    if ApprovedDomain.objects.filter(pk=approved.pk).delete()[0]:
        audit.record(Act.DOMAIN_ENDED, by=by, about=approved.domain, where=approved.organisation, now=now)
    return approved
