"""manage.py import_past_rounds: Rounds held before the portal was there, one line each, with a preview first."""

from pathlib import Path

from django.core.management.base import CommandError
from django.utils import timezone

from evaluation.actions import past_lists, past_questions, past_rounds
from evaluation.models import Questionnaire
from evaluation.questions import SETS
from members.management.commands.import_organisations import content_of
from members.models import System
from rounds_site.kit.commands import PortalCommand
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.refusals import Refused


class Command(PortalCommand):
    help = "Show what a list of past Rounds would enter; with --accept, do it."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--icb", required=True, metavar="QYG", help="the code of the system whose Rounds they were")
        asked = parser.add_mutually_exclusive_group(required=True)
        codes = f"{', '.join(SETS)}, or the code of one entered before"
        asked.add_argument("--asked", metavar="CODE", help=f"the questions of the forms: {codes}")
        asked.add_argument("--questions", type=Path, help="a text file: heading | words of the question | scale")
        parser.add_argument("--name", default="", help="what the form of --questions is called")
        parser.add_argument("--permission", default="", help="who gave permission to use its words")
        parser.add_argument("--accept", action="store_true", help="import what the preview says")

    def handle(self, *, file, icb, accept, **options):
        now, system = timezone.now(), System.objects.filter(code=icb.strip().upper()).first()
        if system is None:
            raise CommandError(f"There is no system {icb} in this portal. Begin it with manage.py begin.")
        try:
            asked = past_questions.asked(system=system, **said_in(options, system))
            past_list = past_lists.read(content_of(file), system=system, questions=asked.questions, now=now)
            told = past_rounds.compare(past_list, system=system)
            if accept:
                seen = {"questionnaire": asked.questionnaire, "digest": told.digest}
                past_rounds.accept(past_list, system=system, now=now, **seen)
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("\n".join(lines_of(told)))
        self.stdout.write("Imported." if accept else "Nothing was imported. Add --accept to import this.")


def said_in(options, system):
    """What the forms asked, as ``past_questions.asked`` takes it."""
    if options["questions"]:
        if not options["name"] or not options["permission"]:
            raise CommandError("Say with --name what the form is called, and with --permission who permitted it.")
        words = content_of(options["questions"]).decode("utf-8-sig", "replace")
        about = {"name": options["name"], "permission_note": options["permission"]}
        return {"by": past_questions.OTHER, "questions": words, **about}
    code = options["asked"]
    if code in SETS:
        return {"by": code}
    stored = Questionnaire.objects.known_to(system).for_good().filter(code=code).newest_first().first()
    if stored is None:
        raise CommandError(f"There is no questionnaire {code}.")
    return {"by": str(stored.pk)}


def lines_of(told):
    yield from (f"+ {nhs_date(line.starts_at, weekday=False)}  {line.title}" for line in told.new)
    yield from (f"  line {line.number}: {why}" for line, why in told.other)
    yield from (f"! line {fault.number}: {fault.sentence}" for fault in told.past_list.faults)
    yield (
        f"{len(told.new)} new, {len(told.unchanged)} unchanged, {len(told.other)} left alone, "
        f"{len(told.past_list.faults)} faulty lines."
    )
