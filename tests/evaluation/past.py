"""Lists of past Rounds for tests: two Rounds, and what the steps of an import are called."""

from datetime import UTC, datetime

from evaluation.actions import past_lists, past_questions, past_rounds

NOW = datetime(2027, 3, 3, 12, 0, tzinfo=UTC)
HEAD = "Date,Time,Title,Format,Host,Headcount,Forms,insight 1,insight 4,insight 5,overall 5"
FIRST = "4/3/2026,12:30pm,Thrown in at the deep end,In person,XR1,43,30,1,9,20,12"
SECOND = "2026-06-10,,The night shift,Online,,7,9,0,4,5,0"
WORDS = "insight | I have gained insight | agreement\n\n joy | It was a joy\noverall | All in all | rating\n"
OFFICIAL = {
    "by": past_questions.OTHER,
    "name": "The licensor's form",
    "permission_note": "By letter",
    "questions": WORDS,
}


def own(system):
    return past_questions.asked(system=system, by="own")


def read(system, *lines, head=HEAD, asked=None):
    content = "\n".join([head, *lines, ""]).encode()
    return past_lists.read(content, system=system, questions=(asked or own(system)).questions, now=NOW)


def take(system, *lines, head=HEAD, asked=None):
    asked = asked or own(system)
    past_list = read(system, *lines, head=head, asked=asked)
    digest = past_rounds.compare(past_list, system=system).digest
    return past_rounds.accept(past_list, system=system, questionnaire=asked.questionnaire, digest=digest, now=NOW)
