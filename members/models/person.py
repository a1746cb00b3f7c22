"""The person who signs in."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept


def plain_email(email):
    """An address as it is kept and compared: no blanks around it, in small letters."""
    return email.strip().lower()


class PersonQuerySet(models.QuerySet):
    def known_as(self, email):
        """The person with that address, however it is written, or None. It may be a second one that they proved."""
        email = plain_email(email)
        proven = {"emailaddress__email": email, "emailaddress__verified": True}
        return self.filter(email=email).first() or self.filter(**proven).first()

    def called(self, words):
        """Those whose name or address holds these words."""
        return self.filter(models.Q(name__icontains=words) | models.Q(email__icontains=words))


class PersonManager(BaseUserManager.from_queryset(PersonQuerySet)):
    def create_user(self, email, password=None, **fields):
        """Make a person; without a password, since people sign in by a code sent to their address."""
        person = self.model(email=plain_email(email), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(Record, AbstractBaseUser):
    """A person with an account, known by e-mail address.

    `last_login` is left out on purpose: when somebody last opened the portal is nobody's business. `corrected` names
    what the person said themself: a staff list leaves it alone.
    """

    privacy = {Kept.ACCOUNT: "email name password is_active invitations_stopped_at corrected"}

    last_login = None
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    invitations_stopped_at = models.DateTimeField(null=True, blank=True)
    corrected = models.JSONField(default=list, blank=True)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="person_email_once_whatever_its_case")]

    def __str__(self):
        return self.name or self.email
