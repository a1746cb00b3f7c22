"""manage.py begin: make an empty portal real."""

import smtplib
import sys

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.management.base import CommandError
from django.utils import timezone

from members.actions import systems
from members.forms.beginning import BeginForm
from members.models import System
from rounds_site.kit.commands import PortalCommand
from rounds_site.kit.links import absolute_url
from rounds_site.kit.refusals import Refused

# Field of the form → option and question at the prompt.
ASKED = {
    "system_code": ("--system-code", "Code of the system (of its ICB, like QYG): "),
    "system_name": ("--system-name", "Name of the system: "),
    "short_name": ("--short-name", "Short name, as in “Rounds in North Vale”: "),
    "administrator_1": ("--administrator", "First administrator (Name <address>): "),
    "administrator_2": ("--administrator, a second time", "Second administrator (Name <address>): "),
    "sender": ("--sender", "Address that letters come from: "),
    "sender_name": ("--sender-name", ""),
    "test_letter_to": ("--test-letter-to", ""),
}


class Command(PortalCommand):
    help = "Make an empty portal real: its system, its first two administrators and a test letter."

    def add_arguments(self, parser):
        parser.add_argument("--system-code", metavar="QYG")
        parser.add_argument("--system-name", metavar="NAME")
        parser.add_argument("--short-name", metavar="NAME", help="as it stands in “Rounds in North Vale”")
        parser.add_argument(
            "--administrator", action="append", default=[], metavar="'NAME <ADDRESS>'", help="give it twice"
        )
        parser.add_argument("--sender", metavar="ADDRESS", help="the address that letters come from")
        parser.add_argument("--sender-name", metavar="NAME", help="the name beside it; else “Schwartz Rounds”")
        parser.add_argument(
            "--test-letter-to", metavar="ADDRESS", help="else the first administrator gets the test letter"
        )
        parser.add_argument("--no-input", action="store_false", dest="ask", help="never ask; refuse what is missing")

    def handle(self, **options):
        refuse_if_begun()
        form = self.answered(options)
        system = begin(form)
        self.stdout.write(f"{system} has begun. Its administrators sign in with a code sent to their address:")
        for name, email in form.administrators:
            self.stdout.write(f"  {name} <{email}>")
        self.say_whether_a_letter_goes(system, form.cleaned_data["test_letter_to"] or form.administrators[0][1])
        self.stdout.write(f"The portal:      {absolute_url('home')}")
        self.stdout.write(f"What to do next: {absolute_url('manage')}")

    def answered(self, options):
        """The valid form, from the options and, at a terminal, from what is asked; or one sentence per fault."""
        if len(options["administrator"]) > 2:
            raise CommandError("Give --administrator twice. More administrators are named in the portal, under People.")
        said = {name: options.get(name) for name in ASKED}
        said |= dict(zip(("administrator_1", "administrator_2"), options["administrator"], strict=False))
        if options["ask"] and sys.stdin.isatty():
            self.ask_for_the_rest(said)
        form = BeginForm(said)
        if not form.is_valid():
            raise CommandError("Nothing was changed.\n" + "\n".join(faults(form)))
        return form

    def ask_for_the_rest(self, said):
        for name, (_, question) in ASKED.items():
            while question and (not said[name] or name in BeginForm(said).errors):
                if said[name]:
                    self.stderr.write(" ".join(BeginForm(said).errors[name]))
                self.stdout.write(question, ending="")
                self.stdout.flush()
                said[name] = next_line()

    def say_whether_a_letter_goes(self, system, address):
        try:
            test_letter(system, address).send()
        except (OSError, smtplib.SMTPException) as error:
            self.stderr.write(
                f"The test letter to {address} did NOT go: {type(error).__name__}: {error}\n"
                "The portal has begun all the same, but nobody can sign in until letters go. Set EMAIL_URL right, then "
                f"try again with: manage.py sendtestemail {address}"
            )
        else:
            self.stdout.write(f"A test letter to {address} was handed to {relay()}. Look whether it arrived.")


def next_line():
    line = sys.stdin.readline()
    if not line:
        raise CommandError("Nothing was changed: the questions were not all answered.")
    return line.strip()


def refuse_if_begun():
    if begun := System.objects.first():
        raise CommandError(f"This portal has begun already, as {begun}. Nothing was changed.")


def begin(form):
    try:
        return systems.begin(administrators=form.administrators, now=timezone.now(), **form.facts)
    except Refused as refusal:
        raise CommandError(str(refusal)) from None


def faults(form):
    for name, sentences in form.errors.items():
        option = ASKED[name][0] if name in ASKED else ""
        yield from (f"{option}: {sentence}" for sentence in sentences)


def test_letter(system, address):
    words = (
        f"This is the first letter from the Rounds portal of {system}. If you can read it, letters go.\n\n"
        f"The portal: {absolute_url('home')}\nWhat to do next: {absolute_url('manage')}\n"
    )
    return EmailMessage("Letters from the Rounds portal arrive", words, system.sender, [address])


def relay():
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    return f"the mail system that EMAIL_URL names ({settings.EMAIL_BACKEND})"
