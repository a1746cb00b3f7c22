import time

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members.models import Delivery, Organisation, Person, System
from rounds.models import Round
from rounds.states import RoundState
from rounds_site.demo import mailbox
from rounds_site.demo.data import read
from rounds_site.environment import MAILBOX, make_private

FICTIONAL = ".example"
ADDRESSES = [
    (Person, "email"),
    (EmailAddress, "email"),
    (Organisation, "contact_email"),
    (System, "sender_address"),
    (Delivery, "address"),
]


class Command(BaseCommand):
    help = "Fills an empty portal with a fictional care system: partners, staff, Rounds held and to come, letters."

    def add_arguments(self, parser):
        parser.add_argument(
            "--if-empty", action="store_true", help="where the demo is already here, say so and leave it at that"
        )

    def handle(self, if_empty, **options):
        refuse_a_real_portal()
        if demo_is_here():
            refuse_a_broken_demo()
            if not if_empty:
                raise CommandError("The demo is already here. Nothing was changed.")
            self.stdout.write("The demo is already here.")
            return
        if Person.objects.exists() or System.objects.exists():
            raise CommandError("This portal has begun already. The demo goes into an empty one.")
        self.stdout.write("Making the demo: a fictional care system with two years behind it…")
        self.stdout.flush()
        began = time.monotonic()
        make_with_a_mark()
        self.stdout.write(f"{what_is_here()} It took {time.monotonic() - began:.0f} seconds.")


def refuse_a_real_portal():
    if not settings.DEMO:
        raise CommandError("The demo is made only where DEMO=1 is set, so that no real portal gets one by mistake.")
    if settings.EMAIL_BACKEND != MAILBOX:
        raise CommandError("Leave EMAIL_URL unset: the letters of the demo go into its own mailbox and nowhere else.")
    for model, field in ADDRESSES:
        if model.objects.exclude(**{field: ""}).exclude(**{f"{field}__iendswith": FICTIONAL}).exists():
            raise CommandError(
                f"This portal holds addresses that do not end in {FICTIONAL}, so it may be a real one. "
                "The demo goes only into an empty portal. Nothing was changed."
            )


def demo_is_here():
    return System.objects.filter(code=read("partners")["system"]["code"]).exists()


def mark():
    """Stands while the demo is being made; whoever finds it later knows that it was broken off."""
    return settings.VAR_DIR / "demo-unfinished"


def refuse_a_broken_demo():
    if mark().exists():
        raise CommandError(
            "The making of the demo was broken off, so parts of it are missing. "
            f"Empty its databases (by default: remove {settings.VAR_DIR}) and begin anew."
        )


def make_with_a_mark():
    # Imported here: it brings up all of the portal, which a refusal has no need of.
    from rounds_site.demo.making import make

    make_private(settings.VAR_DIR)
    mark().touch()
    make(now=timezone.now())
    mark().unlink()


def what_is_here():
    over = [RoundState.HELD, RoundState.CLOSED]
    rounds = Round.objects.filter(state__in=[*over, RoundState.PLANNED, RoundState.PUBLISHED])
    held = rounds.filter(state__in=over).count()
    partners = Organisation.objects.filter(became=None).count()
    return (
        f"North Vale is here: {partners} partners, {Person.objects.count():,} people, "
        f"{held} Rounds held and {rounds.count() - held} to come, {len(mailbox.names()):,} letters."
    )
