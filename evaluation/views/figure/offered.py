"""What was offered, by Place, by time of day and by format."""

from evaluation.reports.offered import NO_PLACE
from evaluation.views.figure.equity import at
from evaluation.views.figure.pieces import held_and_planned, rounds_were, table
from rounds_site.kit import charts
from rounds_site.kit.formats import listed, thousands

HEAD = ["Held", "Planned", "Places", "Partners invited", "Partners hosting"]
# Of two each would find the other's by taking away its own.
SEVERAL = 3
FILE_HEAD = ["Half-year", "By", "What", *HEAD]


# (key, what it is called, what heads its first column, what is said where each has a Round, and where some have none
# or all: "No …", "Every …")
BY_PLACE = ("by_place", "by Place", "Place", "There {is} a Round at a partner of every Place.",
            "Round {is} at a partner of {these}.")  # fmt: skip
BY_TIME = ("by_time", "by time of day", "Time of day", "There {are} Rounds at every time of day.",
           "Round {begins} {these}.")  # fmt: skip
BY_FORMAT = ("by_format", "by format", "Format", "There {are} Rounds of every format.", "Round {is} {these}.")
NOW = {"is": "is", "are": "are", "begins": "begins"}
THEN = {"is": "was", "are": "were", "begins": "began"}


def groups(shown):
    """[(one of the above, its Offers)]"""
    kinds = [BY_PLACE, BY_TIME, BY_FORMAT] if shown.is_whole else [BY_TIME, BY_FORMAT]
    return [(kind, getattr(shown, kind[0])) for kind in kinds]


def figures(shown):
    verbs = THEN if shown.is_over else NOW
    return [_figure(*kind, offers, verbs) for kind, offers in groups(shown) if offers]


def rows_of(shown):
    return FILE_HEAD, [
        [shown.half_year.words, what, offer.label, *_numbers(offer)]
        for (_, _, what, *_), offers in groups(shown)
        for offer in offers
    ]


def headline(shown):
    whole = shown.in_all
    if not whole.rounds:
        planned = "" if shown.is_over else " and none is planned"
        return f"{shown.half_year.words}: no Round was held{planned}{'' if shown.is_whole else ' here'}."
    parts = [f"{rounds_were(whole.held)} held"] if whole.held else []
    if whole.planned:
        rounds = "" if whole.held else " Round" if whole.planned == 1 else " Rounds"
        parts += [f"{whole.planned}{rounds} {'is' if whole.planned == 1 else 'are'} planned"]
    offer = f"{_they_offer(whole.rounds, shown.is_over)} {thousands(whole.places)} places"
    return f"{shown.half_year.words}: {listed(parts)}. {offer} to {_invited(whole.invited, shown.no_longer)}."


def _they_offer(rounds, over):
    if over:
        return "They offered" if rounds > 1 else "It offered"
    return "They offer" if rounds > 1 else "It offers"


def partners(number):
    return "one partner" if number == 1 else f"{number} partners"


def _invited(number, no_longer):
    gone = "one that is no longer a partner" if no_longer == 1 else f"{no_longer} that are no longer partners"
    if not no_longer:
        return partners(number)
    return f"{partners(number)} and {gone}" if number else gone


def facilitators(shown):
    """Counts alone: who they are stands on the page of people. Of a single one nothing is said of what they ran."""
    who = shown.facilitators
    if who is None:
        return ""
    if not who.hold_it:
        return "Nobody holds the role of facilitator yet."
    if who.hold_it == 1:
        return f"One person holds the role of facilitator. Ask who else would like to be trained.{_alone(who)}"
    hold, when = f"{who.hold_it} people hold the role of facilitator", "in this half-year or the one before"
    if not who.ran_one:
        return f"{hold}; no Round was run by any of them {when}. Ask them what they need to begin.{_alone(who)}"
    resting = who.hold_it - who.ran_one
    if not resting:
        return f"{hold}, and each ran a Round {when}.{_alone(who)}"
    asks = f"Ask the other{'s' if resting > 1 else ''} what would help to begin, or to go on."
    return f"{hold}; {who.ran_one} of them ran a Round {when}. {asks}{_alone(who)}"


def _alone(who):
    if not who.alone:
        return ""
    rounds = "One Round of this half-year names" if who.alone == 1 else f"{who.alone} Rounds of this half-year name"
    return f" {rounds} fewer than two: if one falls ill, nobody runs it."


def cover(shown):
    """Only of several partners, since the hours of one are read by it and whoever pays. Nor of one Place: taken away
    from those of the system they could leave one partner's."""
    if shown.place or shown.cover.asking < SEVERAL:
        return ""
    asked = f"{_hours(shown.cover.asked)} hours of cover were asked for so that somebody could leave the floor"
    # What was asked less what was granted are the hours of those without.
    several = all(number >= SEVERAL for number in (shown.cover.granting, shown.cover.without or SEVERAL))
    return f"{asked}, and {_hours(shown.cover.granted)} granted." if several else f"{asked}."


def _figure(key, called, what, in_each, of_some, offers, verbs):
    rows = [charts.Bar(each.label, each.held, thousands(each.rounds), planned=each.planned) for each in offers]
    return {
        "id": key,
        "kind": "bars" if any(offer.rounds for offer in offers) else "",
        "sentence": _of_some(key, of_some, offers, verbs) or in_each.format(**verbs),
        "title": f"Rounds held and planned, {called}",
        "desc": "; ".join(f"{each.label}: {held_and_planned(each.held, each.planned)}" for each in offers),
        "wide": charts.bars(rows, label_width=180),
        "narrow": charts.narrow_bars(rows),
        "key": _key(offers),
        "table": table(
            f"Rounds {called}", [what, *HEAD], [[offer.label, *map(thousands, _numbers(offer))] for offer in offers]
        ),
        "beside": True,
    }


def _key(offers):
    """Of bars of which some are dashed."""
    held, planned = (any(getattr(each, kind) for each in offers) for kind in ("held", "planned"))
    return ["Held" if held else "", "Planned"] if planned else []


def _of_some(key, of_some, offers, verbs):
    """Which have none; or which one has all of several Rounds. To be without a Place is to be at none."""
    several = sum(offer.rounds for offer in offers) > 1
    some, none = ([offer.label for offer in offers if bool(offer.rounds) == has] for has in (True, False))
    if not none:
        return ""
    which, these = ("Every", some) if len(some) == 1 and several and some != [NO_PLACE] else ("No", none)
    if key != BY_PLACE[0]:
        these = [at(label.lower()) for label in these]
    return f"{which} {of_some.format(these=listed(these, 'or'), **verbs)}"


def _numbers(offer):
    return [offer.held, offer.planned, offer.places, offer.invited, offer.hosting]


def _hours(number):
    return f"{number.normalize():f}"
