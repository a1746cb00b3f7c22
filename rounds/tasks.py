"""What the clock and the bell do for Rounds. Each finds its own work: a ring that is lost or doubled does no harm."""

from celery import shared_task
from django.utils import timezone

from rounds import emails
from rounds.actions import keeping, scheduling, story_ends, waiting
from rounds.models import Round


@shared_task
def follow_the_clock():
    scheduling.mark_held(now=timezone.now())


@shared_task
def lapse_offers():
    waiting.lapse_offers(now=timezone.now())


@shared_task
def release_reserves():
    keeping.release_due(now=timezone.now())


@shared_task
def sweep_story_keys():
    story_ends.sweep(now=timezone.now())


@shared_task
def fan_out(round_id):
    """Write every invitation that is missing."""
    for round in Round.objects.still_inviting(timezone.now()).filter(pk=round_id):
        _write_what_is_missing(round)


@shared_task
def complete_fan_outs():
    """Write to who has joined or was named as a contact since, and to whoever a fan-out that broke off left out, until
    booking closes."""
    for round in Round.objects.still_inviting(timezone.now()).order_by("starts_at"):
        _write_what_is_missing(round)


def _write_what_is_missing(round):
    emails.pass_on_letters(round, now=timezone.now())
    while emails.invite(round, now=timezone.now()):
        pass
