"""A Round's report to a steering group, in sentences."""

from evaluation.disclosure import CLOSED_ANSWERS, THRESHOLD
from evaluation.exports import report_pdf
from evaluation.reports.round_report import report_of
from evaluation.views.figure.board import Part, Report, how_made
from evaluation.views.figure.pieces import capital, table
from rounds_site.kit.formats import listed, nhs_date, nhs_range, thousands

ONE_TEAM = "It was a Round of one team: how many came, and what they answered, stays with them."
HOW_MADE = [
    "Facts about the Round are exact. How many came is counted by its facilitators, and entered once, to the nearest "
    f"5; below {THRESHOLD} no number is shown. The number of forms is blunt in the same way.",
    f"Answers are told in words, from {THRESHOLD} on to a question; each word stands for two numbers at least. Where "
    "nearly all of a few said the same, no more is told of it anywhere, and it is in no sum of the half-year: so it "
    "cannot be worked out.",
    "Comments are those alone that its facilitators read and published. No person is named, and no storyteller.",
    "People choose to come, and choose to answer. This does not show that the Round caused anything, and is no way to "
    "compare teams, employers or facilitators.",
]
DICTIONARY = [
    ["People who came", "Heads counted in the room and online", "To the nearest 5"],
    ["Forms", "Feedback forms that were counted", "To the nearest 5"],
    ["Answers", "How many answered a question", "To the nearest 5"],
    ["All or nearly all", "Nine in ten and more; of fewer than 11 answers, all or all but one", "In words"],
    ["Most", "Seven in ten and more", "In words"],
    ["More than half; half or fewer", "What they say; from 11 answers on, fewer than seven, and more than three in ten",
     "In words"],
    ["Some; none or nearly none", "More than one in ten; that and fewer", "In words"],
]  # fmt: skip


def round_report(round) -> Report:
    found = report_of(round)
    return Report(
        title="Report of a Round",
        of=f"{found.round.title}, {nhs_date(found.round.starts_at)}",
        lead=_lead(found),
        parts=[
            Part("What happened", list(_what_happened(found))),
            _what_people_said(found),
            *_what_people_wrote(found),
            how_made(HOW_MADE, DICTIONARY),
        ],
    )


def as_pdf(file) -> bytes:
    """What a worker makes of a report that somebody asked for."""
    return report_pdf(round_report(file.round))


def _lead(found):
    round, came = found.round, found.returned.came
    met = f"People met {_how(round)}, {nhs_range(round.starts_at, round.ends_at)}."
    if round.is_of_one_team:
        return f"{met} {ONE_TEAM}"
    if came is None:
        return f"{met} How many came is not entered yet."
    return f"{met} {capital(came.people)} came." if came.shown else f"{met} Fewer than {THRESHOLD} people came."


def _how(round):
    if round.format == "online":
        return "online"
    return " ".join(filter(None, ["in person and online" if round.format == "hybrid" else "in person", _room(round)]))


def _room(round):
    return f"in {round.room}" if round.room else ""


def _what_happened(found):
    round = found.round
    about, hosts = "a case" if round.subject == "case" else "a theme", listed([str(host) for host in found.hosts])
    places = sum(round.places_for(way) for way in round.ways)
    partners = "One partner was" if found.partners == 1 else f"{found.partners} partners were"
    yield (
        f"{round.get_kind_display()}, about {about}, hosted by {hosts}. {partners} invited, and there were "
        f"{thousands(places)} places."
    )
    yield from found.unmet


def _what_people_said(found):
    title, returned = "What people said", found.returned
    if found.round.is_of_one_team:
        return Part(title, ["What a team answers stays with it."])
    if not returned.counted:
        return Part(title, ["The answers are not counted yet."])
    if returned.forms is None:
        return Part(title, [CLOSED_ANSWERS])
    says = [f"About {returned.forms} forms came back."]
    if not found.answers:
        return Part(title, [*says, "No question was answered often enough to say more."])
    permissions = {item.questionnaire.permission for item, _ in found.answers}
    rows = [[item.text, said.n, f"{capital(said.words)} {item.answers.said}"] for item, said in found.answers]
    made = table("What people answered", ["Question", "Answers", "In words"], rows)
    return Part(title, [*says, *sorted(filter(None, permissions))], dictionary=made)


def _what_people_wrote(found):
    if found.comments:
        yield Part("What people wrote", [f"“{comment}”" for comment in found.comments])
