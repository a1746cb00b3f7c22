"""A report to a board, in sentences: the same for a half-year and for a year, as a page and as files.

What it says follows from facts about Rounds, released figures and answers at their thresholds, and from nothing else:
the same facts make the same report, to the letter.
"""

from dataclasses import dataclass, field

from evaluation.disclosure import THRESHOLD
from evaluation.exports import report_pdf
from evaluation.reports.board import BoardFigures, period_of
from evaluation.views.figure import feedback, mixing, parts, reach, waited, work
from evaluation.views.figure.partners import STEPS
from evaluation.views.figure.pieces import capital, small, table, what_is_counted
from rounds.days import TIMES_OF_DAY
from rounds.states import Format
from rounds_site.kit.formats import listed, nhs_date, thousands

NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()
NOT_TOGETHER = (
    "Who was reached is never added up over two half-years: those of a year stand side by side. How many came is the "
    "sum of what was shown of each Round."
)
HOW_MADE = [
    "Facts about Rounds are exact: how many were held, when, how people met, the places offered, who hosted and who "
    "was invited. A Round of several partners counts once.",
    "How many came is counted by the facilitators and entered once for each Round, to the nearest 5; below "
    f"{THRESHOLD} no number is shown. Totals are sums of what is shown. Whoever came to three Rounds counts "
    "three times.",
    "Who was reached is made once, when a half-year is over. Each sum is moved up or down a little by chance, stored, "
    "rounded to the nearest 5 and never made again; the lists behind it are destroyed. No figure shows whether one "
    "person came. The true number lies within the range beside a figure 19 times out of 20.",
    f"Answers count from {THRESHOLD} forms for a Round and {THRESHOLD} answers to a question. Those to other "
    "questions, or to other words, are never put together.",
    NOT_TOGETHER,
    "People choose to come, and choose to answer. These figures do not show that a Round caused anything, and are no "
    "way to compare teams or employers. Treat small differences as none; trust large ones and long trends.",
]
DICTIONARY = [
    ["Rounds held", "Rounds that took place in the period", "Exact"],
    ["Places offered", "Seats in the room and places online, added up over these Rounds", "Exact"],
    ["Rooms", "Different rooms in which they met", "Exact"],
    ["People who came", "Heads counted in the room and online, once for each Round", "Each Round to the nearest 5"],
    ["Partners hosting, invited", "Partners on the last day of the period that did or were so at least once", "Exact"],
    ["Came", "How often staff of a partner were ticked in, in a half-year", "Moved by chance once, to the nearest 5"],
    ["Staff", "What partners had said by the end of the half-year", "As given"],
    ["Per 1,000", "Came, for each 1,000 staff", "From the two before it"],
    ["Range", "Where the true number of who came lies, 19 times out of 20", "From chance and rounding"],
    ["Its range", "The same of those per 1,000", "From chance and rounding"],
    ["Answers", "How many answered a question", "Each Round to the nearest 5"],
    ["Share of answers", "Of all answers to a question", "From 8 answers, in whole per cent"],
]


@dataclass(frozen=True)
class Part:
    """`says` are paragraphs, `tables` hold numbers, a `dictionary` words; `to_try`: (whom it is about, what)."""

    title: str
    says: list[str]
    tables: list[dict] = field(default_factory=list)
    to_try: list[tuple[str, list[str]]] = field(default_factory=list)
    dictionary: dict | None = None


@dataclass(frozen=True)
class Report:
    title: str
    of: str
    lead: str
    parts: list[Part]


def board_report(shown) -> Report:
    return Report(
        title="Annual report" if shown.year else "Board report",
        of=_of(shown),
        lead=_lead(shown),
        parts=[
            _what_happened(shown),
            _who_was_reached(shown, _two_counts(shown)),
            _what_people_said(shown, _counted(shown)),
            _partners(shown),
            *_what_to_try(shown),
            how_made(HOW_MADE, DICTIONARY),
        ],
    )


def how_made(words, dictionary) -> Part:
    """What every report ends with. `dictionary`: [figure, what it is, how exact]."""
    head = ["Figure", "What it is", "How exact"]
    return Part("How these figures were made", words, dictionary=table("What each figure means", head, dictionary))


def sponsor_brief(shown) -> Report:
    """What a board report says first, without its tables."""
    parts = [_what_happened(shown), _who_was_reached(shown), _what_people_said(shown)]
    return Report(title="Sponsor’s brief", of=_of(shown), lead=_lead(shown), parts=parts)


def _of(shown):
    said = f"Schwartz Rounds in {shown.system.short_name}, {shown.period.words}"
    return f"{said}, as it stood on {nhs_date(shown.today, weekday=False)}" if shown.goes_on else said


def as_pdf(file, now) -> bytes:
    """What a worker makes of a report that somebody asked for."""
    return report_pdf(board_report(BoardFigures(file.system, period=period_of(file), now=now)))


def _lead(shown):
    said = f"{_so_far(shown)}{_rounds(shown.done.held, small=shown.goes_on)} held"
    if shown.done.hosts:
        said += f", hosted by {len(shown.done.hosts)} of {len(shown.members)} partners"
    reached = "" if shown.year else reach.headline(shown.released.get(shown.period.last))
    return " ".join(filter(None, [f"{said}.", _came(shown.done), reached]))


def _so_far(shown):
    return "So far, " if shown.goes_on else ""


def _came(done):
    return f"{capital(done.came.people)} came." if done.came.shown else ""


# --- What happened ------------------------------------------------------------------------------


def _what_happened(shown):
    done, before = shown.done, shown.done_before
    says = [_held(shown), _offered_and_came(shown), _planned(shown)]
    rows = [
        ["Rounds held", done.held, before.held],
        ["Places offered", thousands(done.places), thousands(before.places)],
        ["People who came", done.came.cell, before.came.cell],
        ["Rooms", done.rooms, before.rooms],
        ["Partners hosting", len(done.hosts), len(before.hosts)],
    ]
    rows += [[each.label, done.by_format[each], before.by_format[each]] for each in Format]
    rows += [[words, done.by_time[code], before.by_time[code]] for code, (words, *_) in TIMES_OF_DAY.items()]
    head = ["", shown.period.words, shown.period.before().words]
    some = done.held or before.held
    return Part(
        "What happened",
        list(filter(None, says)),
        [table("Rounds, places and people", ["Figure", *head[1:]], rows)] if some else [],
    )


def _held(shown):
    done, before = shown.done, shown.done_before
    when = shown.period.words.replace(" to ", " and ")
    when = f"From {_first(shown)} to {nhs_date(shown.today, weekday=False)}" if shown.goes_on else f"Between {when}"
    said = f"{when}, {_rounds(done.held, small=True)} held{_where(done)}."
    if not before.held:
        return f"{said} None was held in {_the_one_before(shown)}."
    beside = " in all" if shown.goes_on else _more_or_fewer(done, before)
    return f"{said} In {_the_one_before(shown)} {_rounds(before.held, small=True)} held{beside}."


def _first(shown):
    return nhs_date(shown.period.begins, weekday=False, year=False)


def _where(done):
    online = done.by_format[Format.ONLINE]
    said = f", {_number(online)} of them online" if online else ""
    return f"{said}, in {_number(done.rooms)} {'room' if done.rooms == 1 else 'rooms'}" if done.rooms else said


def _more_or_fewer(done, before):
    more = done.held - before.held
    if not more:
        return ": as many"
    return f": now {_number(abs(more))} {'more' if more > 0 else 'fewer'}"


def _the_one_before(shown):
    return "the year before" if shown.year else "the half-year before"


def _offered_and_came(shown):
    done, before = shown.done, shown.done_before
    if not done.held:
        return ""
    came = _came(done) or "How many came cannot be shown."
    compares = done.came.shown and before.came.shown and not shown.goes_on
    then = f" Before, it was {before.came.words}." if compares else ""
    return f"{'It' if done.held == 1 else 'They'} offered {_places(done.places)}. {came}{then}"


def _places(number):
    return "1 place" if number == 1 else f"{thousands(number)} places"


def _planned(shown):
    if not shown.still_planned:
        return ""
    words = "more Round is" if shown.still_planned == 1 else "more Rounds are"
    return f"{capital(_number(shown.still_planned))} {words} planned."


def _rounds(number, *, small=False):
    words = f"{_number(number)} {'Round was' if number == 1 else 'Rounds were'}"
    return words if small else capital(words)


def _number(number):
    """
    >>> _number(0), _number(12), _number(1300)
    ('no', 'twelve', '1,300')
    """
    return NUMBERS[number] if number < len(NUMBERS) else thousands(number)


# --- Who was reached ----------------------------------------------------------------------------


def _who_was_reached(shown, *notes):
    says, tables = [], []
    for half_year in shown.period.half_years:
        released = shown.released.get(half_year)
        says += [f"{half_year.words}: {_reached(shown, half_year, released)} {_more(released)}".strip()]
        tables += _tables(half_year, released)
    says += filter(None, [*_changes(shown), *notes])
    return Part("Who was reached, and who was not", says, tables)


def _two_counts(shown):
    """Where the tables of a report have the one count beside the other; a brief has none."""
    released = [shown.released[each] for each in shown.period.half_years if each in shown.released]
    return reach.beside_heads(shown.done.came, released)


def _reached(shown, half_year, released):
    return small(reach.sentence(released) if released else reach.without_release(shown, half_year))


def _more(released):
    """What a release says beside how sectors differ."""
    if released is None or not released.sectors:
        return ""
    none = [sector.label.lower() for sector in released.sectors if sector.few_came]
    said = [
        f"Where any were invited, fewer than 8 came of each of these: {listed(none)}." if none else "",
        _of_all(released.whole),
        f"About {thousands(released.new.shown)} people came for the first time." if released.new else "",
        work.sentence(released.kinds_of_work),
        mixing.sentence(released),
        waited.sentence(released) if released.waited else "",
    ]
    return " ".join(filter(None, said))


def _of_all(whole):
    if whole is None:
        return ""
    between = f"between {thousands(whole.low)} and {thousands(whole.high)}"
    return f"Of all staff, about {thousands(whole.per_thousand)} came for each 1,000 ({between})."


def _tables(half_year, released):
    if released is None or not released.sectors:
        return []
    caption = f"Reach by sector, {half_year.words}"
    return [parts.table_of(caption, released.sectors, what=reach.WHAT, rates=True, sums=reach.sums(released))]


def _changes(shown):
    """Which sectors came more or less often than in the half-year before, where the ranges lie apart."""
    now, then = (shown.released.get(each) for each in shown.period.compared())
    if not now or not then:
        return []
    before = {sector.label: sector.rate for sector in then.shown}
    both = [(sector, before[sector.label]) for sector in now.shown if sector.label in before]
    more = [_change(sector, old) for sector, old in both if sector.rate.low > old.high]
    less = [_change(sector, old) for sector, old in both if sector.rate.high < old.low]
    than = f"than in {shown.period.last.before().words}"
    if not both:
        return []
    if not more and not less:
        return [f"No sector came clearly more or less often {than}: what differs may be chance."]
    said = [f"Clearly more often {than} came {listed(more)}."] if more else []
    return [*said, *([f"Clearly less often {than} came {listed(less)}."] if less else [])]


def _change(sector, old):
    return f"{sector.people} (about {sector.rate.per_thousand} for each 1,000, before {old.per_thousand})"


# --- What people said ---------------------------------------------------------------------------


def _what_people_said(shown, *notes):
    """A sentence for each half-year that has answers: the last alone may rest on a few of them."""
    title = "What people said"
    pooled = [table(*_pooled(half_year, found)) for half_year, found in shown.small_rounds.items() if found]
    says = list(filter(None, (_said_in(shown, half_year) for half_year in shown.period.half_years)))
    if not says:
        says = [f"{shown.period.last.words}: {small(feedback.sentence([]))}"]
    if not shown.questionnaires:
        return Part(title, says, pooled)
    return Part(title, [*says, *filter(None, notes)], [_answers(shown, shown.questionnaires[0].items), *pooled])


def _counted(shown):
    """What the table of a report counts; a brief has none."""
    return what_is_counted(each.item for each in shown.questionnaires[0].items) if shown.questionnaires else ""


def _said_in(shown, half_year):
    """ "" of one without answers. The table is of the newest questions: others are named."""
    versions = [each for each in shown.questionnaires if _answered(shown, each, half_year).told]
    if not versions:
        return ""
    first, *others = versions
    answered = _answered(shown, first, half_year)
    said = [f"{half_year.words}: {small(feedback.sentence(answered.told))}", feedback.of_one_round(answered)]
    if others or first != shown.questionnaires[0]:
        said.append(f"These are answers to “{first.questionnaire}” alone.")
    if others:
        named = listed([f"“{each.questionnaire}”" for each in others])
        said.append(f"Those to {named} stand on the portal, in the figures of {half_year.words}.")
    return " ".join(filter(None, said))


def _answered(shown, version, half_year):
    return version.half_year if half_year == shown.period.last else version.before


def _answers(shown, items):
    now, then = (each.words for each in shown.period.compared())
    made = feedback.items_table(items)
    head = ["Question", now, "Answers", then, "Answers then"]
    return made | {"caption": f"Feedback, {now}", "head": head[: len(made["head"])]}


def _pooled(half_year, found):
    rows = [[each.item.row_name, each.share.favourable, each.share.n] for each in found]
    return f"Small Rounds together, {half_year.words}", ["Question", "Share of answers", "Answers"], rows


# --- Partners, and what to try ------------------------------------------------------------------


def _partners(shown):
    missing = [each.name for each in shown.members if each.pk not in shown.invited]
    if not shown.members:
        return Part("Partners", ["No partner had joined."])
    if not shown.done_and_planned.held:
        return Part("Partners", [f"No Round was held to which the {len(shown.members)} partners could be invited."])
    hosting = [each.name for each in shown.members if each.pk in shown.done.hosts]
    says = [_invited(shown, len(shown.invited), len(shown.members))]
    says += [f"Invited to none: {listed(missing)}."] if missing else []
    says += [f"Rounds were hosted by {listed(hosting)}."] if hosting else []
    return Part("Partners", says)


def _invited(shown, number, of):
    rounds = "one Round, held or planned" if shown.still_planned else "one of these Rounds"
    if number == of:
        return f"All {of} partners were invited to at least {rounds}."
    were = f"{_number(number)} {'was' if number == 1 else 'were'}"
    return f"Of {of} partners, {were} invited to at least {rounds}."


def _what_to_try(shown):
    to_try = [(each.label, each.to_try) for each in shown.offered if each.to_try]
    lacking = [(words, to_do) for words, to_do, missing in _steps(shown) if missing]
    to_try += [(words, [to_do]) for words, to_do in lacking]
    said = ["What practice elsewhere has shown to help, for what is missing here."] if to_try else []
    return [Part("What to try next", said, to_try=to_try)] if to_try else []


def _steps(shown):
    done = {"invited": shown.invited, "hosting": shown.done_and_planned.hosts}
    for what, _, words, to_do in STEPS:
        if what in done:
            yield f"Partners {words}", to_do, len(shown.members) - len(done[what])
