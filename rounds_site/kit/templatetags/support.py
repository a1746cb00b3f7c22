"""Whom people can turn to, as an organisation wrote it down: a line each, with what one can tap. {% load support %}"""

import re

from django import template
from django.template.defaultfilters import urlize
from django.utils.html import format_html, format_html_join

register = template.Library()

# Six figures or more, as people write numbers; not where they are part of an address.
NUMBER = re.compile(r"(?<![\w/.=&?-])(\+?[0-9][0-9 ()]{4,}[0-9]|\([0-9 ]+\)[0-9 ]{4,})(?![\w/])")


@register.simple_tag(takes_context=True)
def systems_to_turn_to(context):
    """The system of the page's own Round; else those in which the reader works, or the only one that there is."""
    round = context.get("round")
    return [round.system] if round else context["own_systems"]


@register.filter
def lines_of_support(text):
    """
    >>> lines_of_support("Chaplain: 01632 960 001\\n\\nwww.example.org <now>")[0]
    'Chaplain: <a href="tel:01632960001">01632 960 001</a>'
    """
    return [_tappable(line.strip()) for line in text.splitlines() if line.strip()]


def _tappable(line):
    # Every second piece is what the pattern caught.
    pieces = [_number(each) if at % 2 else urlize(each, autoescape=True) for at, each in enumerate(NUMBER.split(line))]
    return format_html_join("", "{}", ((each,) for each in pieces))


def _number(words):
    """A nought in brackets is not dialled after the code of a country."""
    dialled = words.replace("(0)", "") if words.startswith("+") else words
    return format_html('<a href="tel:{}">{}</a>', re.sub(r"[ ()]", "", dialled), words)
