"""The person who signs in."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from rounds_site.kit.models import Record
from rounds_site.kit.privacy import Kept

TRIGRAM = 3


def plain_email(email):
    """An address as it is kept and compared: no blanks around it, in small letters."""
    return email.strip().lower()


def without_alias(email):
    """The mailbox behind an address with a plus. Said to people and never used to find them: ada+rounds@… and ada@… may
    be one person or two.

    >>> without_alias("ada+rounds@riverbank.example"), without_alias("ada@riverbank.example")
    ('ada@riverbank.example', 'ada@riverbank.example')
    """
    name, _, domain = email.rpartition("@")
    return f"{name.partition('+')[0]}@{domain}"


class LettersTo(models.TextChoices):
    """Where somebody wants to read about their own places and parts; "" until they have said."""

    WORK = "work"
    PERSONAL = "personal"
    NOWHERE = "nowhere"


class DiaryStyle(models.TextChoices):
    """What an entry in somebody's diary is called."""

    PRIVATE = "private"
    PLAIN = "plain"


def _holds(word):
    return Q(name__icontains=word) | Q(email__icontains=word)


def _begins(word):
    """A part of their name begins so, or their address. Of one or two letters PostgreSQL finds that by its index, and
    not where they stand in the midst of others."""
    return Q(name__istartswith=word) | Q(name__icontains=f" {word}") | Q(email__istartswith=word)


class PersonQuerySet(models.QuerySet):
    def known_as(self, email):
        """The person with that address, however it is written, or None. It may be a second one that they proved."""
        email = plain_email(email)
        proven = {"emailaddress__email": email, "emailaddress__verified": True}
        return self.filter(email=email).first() or self.filter(**proven).first()

    def called(self, words):
        """Those whose name or address holds each of these words, in whatever order: a list may say "Booker, Ben"."""
        parts = words.replace(",", " ").split()
        if len(parts) < 2:
            return self.filter(_holds(*parts or [words]))
        return self.filter(*(_begins(part) if len(part) < TRIGRAM else _holds(part) for part in parts))


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
    what the person said themself: a staff list leaves it alone. `sessions_ended` counts how often they signed out
    everywhere: a session from before such a moment is not theirs any more.

    `letters_to` is where letters about their own places go; `personal_email` is one of their proven addresses, and
    counts only as long as it is (``members.postbox``).
    """

    privacy = {
        Kept.ACCOUNT: "email name password is_active invitations_stopped_at corrected sessions_ended letters_to "
        "personal_email neutral_letters diary_style"
    }

    last_login = None
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    invitations_stopped_at = models.DateTimeField(null=True, blank=True)
    corrected = models.JSONField(default=list, blank=True)
    sessions_ended = models.PositiveIntegerField(default=0)
    letters_to = models.CharField(max_length=10, choices=LettersTo.choices, blank=True)
    personal_email = models.EmailField(blank=True)
    neutral_letters = models.BooleanField(default=False)
    diary_style = models.CharField(max_length=10, choices=DiaryStyle.choices, default=DiaryStyle.PRIVATE)

    objects = PersonManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="person_email_once_whatever_its_case"),
            models.CheckConstraint(
                condition=models.Q(letters_to__in=["", *LettersTo.values]), name="person_known_letters_to"
            ),
            models.CheckConstraint(
                condition=~models.Q(letters_to="personal") | ~models.Q(personal_email=""),
                name="person_personal_letters_have_an_address",
            ),
            models.CheckConstraint(
                condition=models.Q(diary_style__in=DiaryStyle.values), name="person_known_diary_style"
            ),
        ]
        # And on PostgreSQL by any part of a name or an address: ``person_found_at_once`` of a migration.
        indexes = [
            models.Index(fields=["name", "email", "id"], name="person_by_name"),
            models.Index(
                fields=["id"], condition=Q(invitations_stopped_at__isnull=False), name="person_stopped_invitations"
            ),
        ]

    def __str__(self):
        return self.name or self.email

    def _get_session_auth_hash(self, secret=None):
        """What a session carries to be believed; Django's own looks at the password alone."""
        said = f"{self.password}:{self.sessions_ended}"
        return salted_hmac("members.person.session", said, secret=secret, algorithm="sha256").hexdigest()

    @property
    def mailbox(self):
        """Where their address is one with a plus: the mailbox behind it, which may be another account's; else ""."""
        base = without_alias(self.email)
        return base if base != self.email else ""
