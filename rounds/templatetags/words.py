"""Sentences with a local part. Load with {% load words %}."""

from django import template

register = template.Library()


@register.filter
def numbers_to_ring(system):
    """Whom to ring, as the end of a sentence: the system's own support, or what holds everywhere.

    Without a number the sixth ground rule would leave somebody who is worried about another alone.
    """
    own = " ".join(system.support_text.split()).rstrip(".") if system else ""
    return own or "your organisation's safeguarding lead; in an emergency, 999"


@register.filter
def opening(words):
    """The first sentence, without its full stop."""
    return str(words).partition(". ")[0].rstrip(".")


@register.filter
def ordinal(number):
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    teen = 10 <= number % 100 <= 20
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
