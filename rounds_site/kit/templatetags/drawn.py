"""Tables, and figures with their charts. Load with {% load drawn %}.

A page holds a dozen of them, thousands of values in all, so their templates are compiled to Python (Jinja2), which
draws them in a small part of the time that Django's templates take.
"""

import jinja2
from django import template
from django.template import engines
from django.utils.safestring import mark_safe

register = template.Library()


class Environment(jinja2.Environment):
    """Looks for the key of a dictionary before its attribute, as Django's templates do: charts and figures are
    dictionaries, and Jinja2 would fail at each value before it finds it."""

    def getattr(self, obj, attribute):
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


@register.simple_tag
def figure(figure):
    """{% figure figure %}; its parts stand in components/figure.jinja."""
    return _drawn("figure", figure=figure)


@register.simple_tag
def table(table, *, words=False, quiet_caption=False):
    """{% table table words=True %}; its parts stand in components/table.jinja."""
    return _drawn("table", table=table, words=words, quiet_caption=quiet_caption)


def _drawn(component, **context):
    html = engines["jinja2"].get_template(f"components/{component}.jinja").render(context)
    return mark_safe(html)  # noqa: S308 (Jinja2 has escaped what is in it)
