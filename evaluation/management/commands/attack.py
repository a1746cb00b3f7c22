"""manage.py attack: tries to find out, of this very portal, who wrote which feedback. ``bin/attack`` runs it."""

import csv
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from evaluation.attack import files, joins, portal
from evaluation.attack.portal import Found
from members.models import Person

# Words of which there are so few that they may stand anywhere are not looked for in files.
LONG_ENOUGH = 20
FOUND, NOTHING, NOT_TRIED = "FOUND", "nothing", "not tried"
PIECES = "Pieces of forms that were destroyed, in the file of the box"
HIDDEN_FROM_IT = (
    "This role of the database sees no rows of other people, so it would find nothing. "
    "Run it with DATABASE_URL of the worker, or of the owner."
)


class Command(BaseCommand):
    help = "Attack the anonymity of feedback in this portal's two databases. It writes nothing; ends with 1 on a leak."

    def add_arguments(self, parser):
        parser.add_argument(
            "--files",
            type=Path,
            nargs="+",
            default=[],
            metavar="PATH",
            help="logs, queues, copies of letters, or folders of them: words of comments are looked for there",
        )
        parser.add_argument(
            "--trial",
            type=Path,
            metavar="CSV",
            help="of a trial Round: an address and the words that this person wrote, a line each",
        )

    def handle(self, *, files, trial, **options):
        refuse_to_see_nothing()
        for path in files:
            if not path.exists():
                raise CommandError(f"There is nothing at {path}.")
        copy = portal.Copy()
        found = [*portal.attacks(copy), *in_files(copy, files), *(of_a_trial(trial) if trial else [])]
        self.stdout.write("\n".join(report(copy, found)))
        if any(each.is_a_leak for each in found):
            raise CommandError("Something here tells more than is promised: see FOUND above.", returncode=1)


def refuse_to_see_nothing():
    connection = connections["default"]
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_or(row_security_active(oid)) AND NOT has_function_privilege('portal_every_row()', 'EXECUTE')"
            " FROM pg_class WHERE relrowsecurity"
        )
        if cursor.fetchone()[0]:
            raise CommandError(HIDDEN_FROM_IT)


def in_files(copy, paths) -> list[Found]:
    words = {value for table in copy.words for value in table.column(table.words) if len(value or "") >= LONG_ENOUGH}
    return [*([files.words_in(words, paths)] if paths else []), pieces(copy)]


def pieces(copy) -> Found:
    if connections["box"].vendor != "sqlite":
        return Found(PIECES, 0, 0, why_not="a client of PostgreSQL does not read its files")
    # One that waits may be in pieces itself, both in the file and in its log.
    if any(table.rows for table in copy.forms):
        return Found(PIECES, 0, 0, why_not="it can be told only while no form waits in any box")
    file = Path(str(connections["box"].settings_dict["NAME"]))
    beside = [path for path in (file, file.with_name(f"{file.name}-wal")) if path.is_file()]
    return Found(PIECES, len(beside), files.sealed_in(beside))


def of_a_trial(path) -> list[Found]:
    """Hits of every attack, where it is known who wrote what."""
    people, words = read_trial(path)

    def written(text):
        return next((number for number, sentence in enumerate(words) if sentence in text), None)

    hits = joins.attack(people, written)
    if not hits:
        raise CommandError("No table holds words of the trial: has its box been counted, and do all of them stand?")
    attack, most = hits.most_common(1)[0]
    where = (f"most by {attack}",)
    what = "Trial: people to whom an attack gives their own words (the best attack)"
    return [Found(what, len(hits), most, chance=1, bound=1 + 7, where=where)]


def read_trial(path):
    """Keys of the people and their words, in one order."""
    try:
        lines = [
            [cell.strip() for cell in line] for line in csv.reader(path.read_text("utf-8-sig").splitlines()) if line
        ]
    except (OSError, UnicodeDecodeError):
        raise CommandError(f"The trial cannot be read: {path}. Save it as CSV in UTF-8.") from None
    people = {}
    for number, line in enumerate(lines, start=1):
        person = Person.objects.known_as(line[0])
        if len(line) != 2 or not line[1] or person is None:
            raise CommandError(
                f"Line {number} of the trial: an address that is known here, a comma, the words written."
            )
        people[person.pk] = line[1]
    if len(people) < portal.FEW:
        raise CommandError(f"A trial needs {portal.FEW} people or more, each with words of their own.")
    return list(people), list(people.values())


def report(copy, found) -> list[str]:
    counted, waiting = copy.boxes
    known = f"People known: {copy.number_of_people}."
    lines = [f"Boxes looked at: {counted} with comments, {waiting} with forms that wait. {known}", ""]
    for each in found:
        lines.append(f"{verdict(each):10} {each.what}: {how_often(each)}.")
        if each.is_a_leak or each.chance:
            lines += [f"           {where}" for where in each.where[:10]]
    leaks, idle = sum(each.is_a_leak for each in found), sum(not each.tried for each in found)
    return [*lines, "", f"{len(found)} kinds of attack: {leaks} found something, {idle} could not be tried."]


def verdict(found) -> str:
    if not found.tried:
        return NOT_TRIED
    return FOUND if found.is_a_leak else NOTHING


def how_often(found) -> str:
    if not found.tried:
        return found.why_not
    if found.chance:
        return f"{found.hits}, where chance gives about {found.chance:g} ({found.tried} tried)"
    return f"{found.hits} of {found.tried} tried"
