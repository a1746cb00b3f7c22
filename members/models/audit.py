"""The two logs. *Security*: what holders of roles did, chained so that a change is found. *Care*: who opened what is
confidential, by the hour. Nobody's own booking, attendance, feedback or story is ever in either.

People, Places and Rounds stand here as bare ids without a foreign key: a row of a chain cannot change when an account
is erased, and an id that leads nowhere says nothing.
"""

import uuid
from datetime import timedelta

from django.db import models
from django.db.models import Q

from rounds_site.kit.privacy import Kept

KEPT_FOR = timedelta(days=365)


class Act(models.TextChoices):
    """What the security log knows, as it reads after a name; the part before the dot is the group it is found under."""

    SIGNED_IN = "signing_in.signed_in", "signed in"
    SECOND_FACTOR_REFUSED = "signing_in.second_factor_refused", "was not let in: the second factor did not fit"
    SECOND_FACTOR_ADDED = "signing_in.second_factor_added", "added a second factor"
    SECOND_FACTOR_REMOVED = "signing_in.second_factor_removed", "removed a second factor"
    ROLE_GIVEN = "roles.given", "gave a role"
    ROLE_CHANGED = "roles.changed", "changed a role"
    ROLE_ENDED = "roles.ended", "ended a role"
    ROLE_LAPSED = "roles.lapsed", "let a role lapse"
    ROLE_PROPOSED = "roles.proposed", "proposed a role"
    ROLE_DECLINED = "roles.declined", "declined a proposed role"
    ROLE_WITHDRAWN = "roles.withdrawn", "withdrew a proposed role"
    PERSON_ADDED = "people.added", "added a person"
    ACCOUNT_ERASED = "people.erased", "erased an account"
    PROVIDER_ADDED = "sign_in_settings.provider_added", "added a sign-in provider"
    PROVIDER_CHANGED = "sign_in_settings.provider_changed", "changed a sign-in provider"
    PROVIDER_ENDED = "sign_in_settings.provider_ended", "ended a sign-in provider"
    DOMAIN_ADDED = "sign_in_settings.domain_added", "approved an e-mail domain"
    DOMAIN_ENDED = "sign_in_settings.domain_ended", "ended an e-mail domain"
    JOIN_LINK_MADE = "sign_in_settings.join_link_made", "made a join link"
    JOIN_LINK_ENDED = "sign_in_settings.join_link_ended", "ended a join link"
    INVITATION_MADE = "people.invited", "invited somebody to join"
    INVITATION_WITHDRAWN = "people.invitation_withdrawn", "withdrew an invitation to join"
    REQUEST_ACCEPTED = "people.request_accepted", "accepted a request to join"
    REQUEST_ASKED = "people.request_asked", "asked back about a request to join"
    REQUEST_DECLINED = "people.request_declined", "declined a request to join"
    MEMBERSHIP_ENDED = "people.left", "noted that somebody has left"
    ORGANISATION_ADDED = "organisations.added", "added a partner"
    ORGANISATION_CHANGED = "organisations.changed", "changed a partner"
    PLACE_ADDED = "organisations.place_added", "added a Place"
    PLACE_RENAMED = "organisations.place_renamed", "gave a Place a new name"
    ORGANISATIONS_MERGED = "organisations.merged", "merged organisations"
    ORGANISATION_SPLIT = "organisations.split", "split an organisation"
    ORGANISATION_RENAMED = "organisations.renamed", "gave an organisation a new name and code"
    SYSTEMS_CHANGED = "organisations.systems_changed", "carried out the succession of a care system"
    IMPORT_ACCEPTED = "imports.accepted", "accepted an import"
    EXPORT_DOWNLOADED = "exports.downloaded", "downloaded an export"
    INVITATIONS_RELEASED = "letters.invitations_released", "released invitations"
    INVITATIONS_STOPPED = "letters.invitations_stopped", "stopped invitations"
    SETTINGS_CHANGED = "settings.changed", "changed the settings"
    LICENCE_CHANGED = "settings.licence_changed", "changed what stands of the licence"
    COVERAGE_NOTED = "settings.coverage_noted", "noted a memorandum under the licence"
    COVERAGE_ENDED = "settings.coverage_ended", "took out a memorandum under the licence"
    QUESTIONS_KEPT = "settings.questions_kept", "wrote questions for Rounds"
    QUESTIONS_DROPPED = "settings.questions_dropped", "dropped a draft of questions"
    QUESTIONS_CHOSEN = "settings.questions_chosen", "chose the questions that Rounds ask"
    QUESTIONS_TAKEN_BACK = "settings.questions_taken_back", "took back a choice of questions"
    FACILITATOR_NAMED = "rounds.facilitator_named", "named a facilitator where nobody could run a Round"
    FACILITATOR_MISSED = "rounds.facilitator_missed", "noted that the only facilitator of a Round cannot be reached"
    IDEA_KEPT = "rounds.idea_kept", "kept an idea for a Round"
    IDEA_DROPPED = "rounds.idea_dropped", "dropped an idea for a Round"
    ROUND_PLANNED = "rounds.planned", "planned a Round"
    ROUND_PUBLISHED = "rounds.published", "published a Round"
    ROUND_UNPUBLISHED = "rounds.unpublished", "took a published Round back to planned"
    ROUND_POSTPONED = "rounds.postponed", "postponed a Round"
    ROUND_NEW_DATE = "rounds.new_date", "gave a postponed Round a new date"
    ROUND_CANCELLED = "rounds.cancelled", "called off a Round"
    RULE_OVERRULED = "rounds.rule_overruled", "went on with a Round all the same"
    ROUND_HELD = "rounds.held", "noted that a Round was held"
    ROUND_CLOSED = "rounds.closed", "closed a Round"
    DATES_TAKEN_BACK = "rounds.dates_taken_back", "took back dates to avoid"
    STEERING_LINE_TAKEN_OUT = "rounds.steering_line_taken_out", "took out what a steering group had noted"
    TEMPLATE_CHANGED = "rounds.template_changed", "changed a template"
    TEMPLATE_REMOVED = "rounds.template_removed", "removed a template"
    PUT_FIRST = "rounds.put_first", "put somebody first on a waiting list"
    BACKFILL_ASKED = "backfill.asked", "asked for hours of cover"
    BACKFILL_APPROVED = "backfill.approved", "approved hours of cover"
    BACKFILL_DECLINED = "backfill.declined", "declined hours of cover"
    BACKFILL_WITHDRAWN = "backfill.withdrawn", "withdrew hours of cover"
    BACKFILL_INVOICED = "backfill.invoiced", "invoiced hours of cover"
    BACKFILL_PAID = "backfill.paid", "noted that hours of cover were paid"
    LETTERS_HELD = "letters.held", "held back letters to many"
    LETTERS_LET_GO = "letters.let_go", "let letters go on"
    LETTERS_LEFT = "letters.left", "left uncertain letters as they are"
    LETTERS_AGAIN = "letters.again", "asked for uncertain letters to go again"
    ADDRESS_STOPPED = "letters.stopped", "stopped letters to an address"
    ADDRESS_ALLOWED = "letters.allowed", "let letters go to an address again"

    @property
    def group(self):
        return self.value.partition(".")[0]


class SecurityEventQuerySet(models.QuerySet):
    def sealed(self):
        return self.filter(number__isnull=False).order_by("number")

    def unsealed(self):
        return self.filter(number=None).order_by("at", "id")


class SecurityEvent(models.Model):
    """One act, written in the transaction of the act itself.

    * `number` and `digest` are null until the worker seals the row into the chain; from then on the database refuses
      every change of it (a trigger of the migration).
    * `about` is the id or code of the thing, `where` the id of the System, Place or Organisation, `said` small facts.
    """

    privacy = {Kept.SECURITY_LOG: "id at act by about where said number digest"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    at = models.DateTimeField(db_index=True)
    act = models.CharField(max_length=50)
    by = models.UUIDField(null=True)
    about = models.CharField(max_length=100, blank=True)
    where = models.UUIDField(null=True)
    said = models.JSONField(default=dict)
    number = models.PositiveBigIntegerField(null=True, unique=True)
    digest = models.CharField(max_length=64, null=True)

    objects = SecurityEventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number=None, digest=None) | Q(number__isnull=False, digest__isnull=False),
                name="security_event_sealed_whole",
            )
        ]
        indexes = [
            models.Index(fields=["where", "act", "at"], name="security_event_where"),
            models.Index(fields=["by"], name="security_event_by"),
            models.Index(fields=["about"], name="security_event_about"),
        ]


class ChainAnchor(models.Model):
    """Where the chain that is still kept begins: after the row of this `number`, whose digest was this. One row.

    Also what two sealers wait for: whoever holds its lock seals.
    """

    privacy = {Kept.REFERENCE: "id number digest moved_at"}
    GENESIS = "0" * 64

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    number = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, default=GENESIS)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="chain_anchor_one_row")]


class HeadExport(models.Model):
    """That the head of the chain was shown outside the database on that day; `at` is the moment of the row which was
    its head. What was shown is believed from the file and the letters alone: whoever can write there can write here."""

    privacy = {Kept.REFERENCE: "id day number digest at exported_at"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    day = models.DateField(unique=True)
    number = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(null=True)
    exported_at = models.DateTimeField()


class Opened(models.TextChoices):
    """What is confidential enough that opening it is written down."""

    REGISTER = "register", "the register"
    BOOKINGS = "bookings", "the list of places"
    PANEL = "panel", "the panel"
    STORY = "story", "a story"
    DOOR_LINK = "door_link", "the register to a device at the door"


class CareEntryQuerySet(models.QuerySet):
    def naming(self, about):
        return self.filter(about__in=about)


class CareEntry(models.Model):
    """Somebody opened something confidential in that hour. `about` is cut 30 days after the Round."""

    privacy = {Kept.CARE_LOG: "id hour what by about where"}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    hour = models.DateTimeField(db_index=True)
    what = models.CharField(max_length=10, choices=Opened.choices)
    by = models.UUIDField()
    about = models.UUIDField(null=True)
    where = models.UUIDField(null=True)

    objects = CareEntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["by", "what", "about", "hour"], name="care_entry_once_an_hour"),
            models.CheckConstraint(condition=Q(what__in=Opened.values), name="care_entry_known_thing"),
        ]
