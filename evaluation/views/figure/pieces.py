"""What all figures are put together from."""

from evaluation.reports.half_years import HalfYear
from rounds_site.kit.formats import MONTHS, listed, thousands


def table(caption, head, rows):
    return {"caption": caption, "head": head, "rows": rows}


def month_label(month):
    """Three letters, and the year where a quarter begins."""
    name = MONTHS[month.begins.month - 1][:3]
    return f"{name}\n{month.begins.year}" if month.begins.month in (1, 4, 10) else name


def capital(words):
    return words[:1].upper() + words[1:]


def small(sentence):
    """A sentence after a colon; a name at its head would stand with a capital, and none begins with one."""
    return sentence[:1].lower() + sentence[1:]


def what_is_counted(items):
    """Which answers the shares of these questions count; "" of no questions."""
    said = list(dict.fromkeys(item.answers.said for item in items))
    return f"The share of answers that {', or '.join(said)}." if said else ""


def rounds_were(number):
    return f"{number} Round was" if number == 1 else f"{number} Rounds were"


def rounds_are(number):
    return f"{number} Rounds are" if number > 1 else f"{number or 'no'} Round is"


def held_and_planned(held, planned):
    """In words; "none" of none."""
    counted = [(held, "held"), (planned, "planned")]
    return listed([f"{thousands(number)} {what}" for number, what in counted if number]) or "none"


def label_width(rows):
    """Room for the longest label, at about eight units a letter."""
    return max([150, *(8 * len(row.label) + 12 for row in rows)])


def released_of(released):
    return f"{HalfYear.called(released.half_year).words}." if released else ""
