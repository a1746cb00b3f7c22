"""What is no longer kept of a Round, class by class: a demo with a past holds no more of it than a portal would."""

from datetime import timedelta

from django.db import transaction

from evaluation.models import Attendance, Register
from members.models import Delivery
from rounds.models import Booking, Round, Storyteller, TeamMember
from rounds.states import TeamPart

KEPT_FOR = timedelta(days=30)


@transaction.atomic
def forget(*, now):
    """All that names a person and a Round which was over 30 days ago. Its facts, its figures, the counts and reviewed
    comments of its box, the tallies of its half-year, and who facilitated it stay."""
    over = Round.objects.filter(ends_at__lte=now - KEPT_FOR)
    forget_letters(over.values("pk"))
    forget_letters(Storyteller.objects.filter(round__in=over).values("pk"))
    for people in (Booking, Attendance, Register, Storyteller):
        people.objects.filter(round__in=over).delete()
    TeamMember.objects.filter(round__in=over, part=TeamPart.HELPER).delete()


def forget_letters(about):
    Delivery.objects.filter(about__in=about).delete()
