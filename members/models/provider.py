"""Where a partner's staff sign in with the account that they have at work: a provider of OpenID Connect."""

import secrets

from allauth.socialaccount.models import SocialAccount
from django.db import models
from django.db.models import Q

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

from .organisation import Organisation, System

KIND = "openid_connect"


def make_code():
    return secrets.token_hex(4)


class ProviderQuerySet(models.QuerySet):
    def working(self):
        return self.exclude(state=Provider.State.OFF)

    def that_brought(self, person):
        came_by = SocialAccount.objects.filter(user=person).values("provider")
        return self.working().filter(code__in=came_by)

    def offered(self):
        return self.filter(state=Provider.State.ON)


class Provider(Record):
    """One provider of one or several partners.

    * `code` stands in addresses and never changes: who came by it before is known by it.
    * `sealed_secret` is what members.sealing made of the secret; nothing shows it again.
    * `domains`: an address there counts as proven because the provider says so. No other does.
    * `second_step_words`: what must stand in `amr`, `acr` or `acrs` for its own second step to count; none, never.
    * `origins`: of its own pages, read from its description; the browser may send our form there and nowhere else.
    """

    class State(models.TextChoices):
        OFF = "off", "Off"
        TRYING = "trying", "On trial"
        ON = "on", "On"

    privacy = {
        Kept.REFERENCE: "system code name issuer client_id sealed_secret domains second_step_words origins state"
    }

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="providers")
    code = models.SlugField(max_length=20, unique=True, default=make_code)
    name = models.CharField(max_length=100)
    issuer = models.URLField(max_length=300, unique=True)
    client_id = models.CharField(max_length=190)
    sealed_secret = models.TextField()
    domains = models.JSONField(default=list)
    second_step_words = models.JSONField(default=list)
    origins = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OFF)
    organisations = models.ManyToManyField(Organisation, related_name="providers")

    objects = ProviderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["off", "trying", "on"]), name="provider_known_state"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(client_id=""), name="provider_has_name_and_client"),
        ]

    def __str__(self):
        return self.name

    def vouches_for(self, email):
        """Letter for letter what follows the last @: neither a part of it nor a letter that looks alike."""
        return email.rpartition("@")[2] in self.domains

    def saw_second_step(self, claims):
        said = []
        for name in ("amr", "acr", "acrs"):
            value = claims.get(name, [])
            said += value if isinstance(value, list) else [value]
        return any(word in said for word in self.second_step_words)
