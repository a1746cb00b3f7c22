"""The bank of themes: what somebody suggests, without their name, and what those who look for voices keep of it."""

from django.db import transaction
from django.utils import timezone

from rounds.models import Theme, ThemeUse
from rounds_site.kit.refusals import Refused


def add(*, key, system, title, about="", went="", is_suggested=False, now):
    """`key` is a random one that becomes the theme's, so that a double click adds one; none that is there changes."""
    words = {"title": title, "about": about, "went": went, "is_suggested": is_suggested}
    return Theme.objects.get_or_create(pk=key, defaults=words | {"system": system, "created_at": _month(now)})[0]


@transaction.atomic
def keep(*, theme, title, about, went, rounds=(), now):
    """These words, and these Rounds as held under it and no others. What somebody suggested is kept by it."""
    theme = Theme.objects.select_for_update().filter(pk=theme.pk).first()
    if theme is None:
        raise Refused("Somebody has dropped this theme meanwhile. Copy what you want to keep, and add it anew.")
    theme.title, theme.about, theme.went, theme.is_suggested = title, about, went, False
    theme.save(update_fields=["title", "about", "went", "is_suggested"])
    theme.uses.exclude(round__in=rounds).delete()
    for round in rounds:
        ThemeUse.objects.get_or_create(theme=theme, round=round, defaults={"created_at": _month(now)})
    return theme


def _month(now):
    """No moment finer than a month is kept: it would lead to whoever was signed in, or to a Round."""
    return timezone.localtime(now).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def drop(*, theme):
    return theme.delete()
