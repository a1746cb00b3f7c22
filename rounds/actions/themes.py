"""The bank of themes: what somebody suggests, without their name, and what those who look for voices keep of it."""

from django.db import transaction

from rounds.models import Theme, ThemeUse


def add(*, key, system, title, about="", went="", is_suggested=False, now):
    """`key` is a random one that becomes the theme's, so that a double click adds one; none that is there changes."""
    words = {"title": title, "about": about, "went": went, "is_suggested": is_suggested}
    return Theme.objects.get_or_create(pk=key, defaults=words | {"system": system, "created_at": now})[0]


@transaction.atomic
def keep(*, theme, title, about, went, rounds=(), now):
    """These words, and these Rounds as held under it and no others. What somebody suggested is kept by it."""
    theme.title, theme.about, theme.went, theme.is_suggested = title, about, went, False
    theme.save(update_fields=["title", "about", "went", "is_suggested"])
    theme.uses.exclude(round__in=rounds).delete()
    for round in rounds:
        ThemeUse.objects.get_or_create(theme=theme, round=round, defaults={"created_at": now})
    return theme


def drop(*, theme):
    return theme.delete()
