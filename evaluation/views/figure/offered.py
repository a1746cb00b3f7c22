"""What was offered, by Place, by time of day and by format."""

from evaluation.views.figure.equity import at
from evaluation.views.figure.pieces import rounds_were, table
from rounds_site.kit import charts
from rounds_site.kit.formats import listed, thousands

HEAD = ["Held", "Planned", "Places", "Partners invited", "Partners hosting"]
SEVERAL = 2
FILE_HEAD = ["Half-year", "By", "What", *HEAD]


# (key, what it is called, what heads its first column, what is said where each has a Round, and where some have none)
BY_PLACE = ("by_place", "by Place", "Place", "There is a Round in every Place.", "No Round in {}.")
BY_TIME = ("by_time", "by time of day", "Time of day", "There are Rounds at every time of day.", "No Round begins {}.")
BY_FORMAT = ("by_format", "by format", "Format", "There are Rounds of every format.", "No Round is {}.")


def groups(shown):
    """[(one of the above, its Offers)]"""
    kinds = [BY_PLACE, BY_TIME, BY_FORMAT] if shown.is_whole else [BY_TIME, BY_FORMAT]
    return [(kind, getattr(shown, kind[0])) for kind in kinds]


def figures(shown):
    return [_figure(*kind, offers) for kind, offers in groups(shown) if offers]


def rows_of(shown):
    return FILE_HEAD, [
        [shown.half_year.words, what, offer.label, *_numbers(offer)]
        for (_, _, what, *_), offers in groups(shown)
        for offer in offers
    ]


def headline(shown):
    whole = shown.in_all
    if not whole.rounds:
        return f"{shown.half_year.words}: no Round was held and none is planned{'' if shown.is_whole else ' here'}."
    parts = [f"{rounds_were(whole.held)} held"] if whole.held else []
    parts += [f"{whole.planned} {'is' if whole.planned == 1 else 'are'} planned"] if whole.planned else []
    places = f"They offer {thousands(whole.places)} places" if whole.rounds > 1 else f"It offers {whole.places} places"
    return f"{shown.half_year.words}: {listed(parts)}. {places} to {partners(whole.invited)}."


def partners(number):
    return "one partner" if number == 1 else f"{number} partners"


def facilitators(shown):
    """Counts alone: who they are stands on the page of people."""
    who = shown.facilitators
    if who is None:
        return ""
    if not who.hold_it:
        return "Nobody holds the role of facilitator yet."
    hold = "One person holds" if who.hold_it == 1 else f"{who.hold_it} people hold"
    resting = who.hold_it - who.ran_one
    if not resting:
        return f"{hold} the role of facilitator and ran a Round in this half-year or the one before.{_alone(who)}"
    ran = f"{who.ran_one or 'none'} of them ran a Round"
    asks = "Ask the others what they need to begin, or to go on."
    return f"{hold} the role of facilitator; {ran} in this half-year or the one before. {asks}{_alone(who)}"


def _alone(who):
    if not who.alone:
        return ""
    rounds = "One Round of this half-year names" if who.alone == 1 else f"{who.alone} Rounds of this half-year name"
    return f" {rounds} fewer than two: if one falls ill, nobody runs it."


def cover(shown):
    """Only where several partners asked: the hours of one are read by them and whoever pays."""
    if shown.cover.partners < SEVERAL:
        return ""
    return (
        f"{_hours(shown.cover.asked)} hours of cover were asked for so that somebody could leave the floor, and "
        f"{_hours(shown.cover.granted)} granted."
    )


def _figure(key, called, what, in_each, without, offers):
    rows = [charts.Bar(offer.label, offer.rounds, thousands(offer.rounds)) for offer in offers]
    return {
        "id": key,
        "kind": "bars" if any(offer.rounds for offer in offers) else "",
        "sentence": _without(key, without, offers) or in_each,
        "title": f"Rounds held and planned, {called}",
        "desc": "; ".join(f"{row.label}: {row.words}" for row in rows),
        "wide": charts.bars(rows, label_width=180),
        "narrow": charts.narrow_bars(rows),
        "table": table(
            f"Rounds {called}", [what, *HEAD], [[offer.label, *map(thousands, _numbers(offer))] for offer in offers]
        ),
        "beside": True,
    }


def _without(key, without, offers):
    none = [offer.label for offer in offers if not offer.rounds]
    if key != BY_PLACE[0]:
        none = [at(label.lower()) for label in none]
    return none and without.format(listed(none, "or"))


def _numbers(offer):
    return [offer.held, offer.planned, offer.places, offer.invited, offer.hosting]


def _hours(number):
    return f"{number.normalize():f}"
