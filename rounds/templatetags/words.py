"""Sentences with a local part. Load with {% load words %}."""

from django import template

from rounds.states import AT_THE_DOOR_OF_ONE_NOBODY_BOOKS
from rounds_site.kit.formats import nhs_date

register = template.Library()


@register.simple_tag
def at_the_door_of_one_nobody_books():
    return AT_THE_DOOR_OF_ONE_NOBODY_BOOKS


@register.filter
def numbers_to_ring(system):
    """Whom to ring when worried about somebody, as the end of a sentence: the system's own numbers, or what holds
    everywhere.

    Without a number the sixth ground rule would leave somebody who is worried about another alone.
    """
    own = " ".join(system.concern_text.split()).rstrip(".") if system else ""
    return f"{own or 'your organisation’s safeguarding lead'}; in an emergency, 999"


@register.filter
def opening(words):
    """The first sentence, without its full stop."""
    return str(words).partition(". ")[0].rstrip(".")


@register.filter
def ordinal(number):
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    teen = 10 <= number % 100 <= 20
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"


@register.filter
def its_day(round):
    """The date of a Round, where it has one."""
    return nhs_date(round.starts_at) if round.has_a_date else "postponed"
