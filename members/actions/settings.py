"""What a system says of itself and how it keeps things: previewed, changed in one act, and written down."""

import datetime as dt
import hashlib
import json

from django.db import transaction

from members.models import Logo, System
from members.models.audit import Act
from rounds_site.kit.colours import carries_white, contrast_with_white, dark_enough
from rounds_site.kit.formats import nhs_time
from rounds_site.kit.refusals import Refused

from . import audit, logos

FIELDS = [
    *("name", "short_name", "sender_name", "sender_address", "support_text", "concern_text", "contact"),
    *("licensor_notice", "colour", "quiet_from", "quiet_until", "days_kept"),
]
STALE = "The settings changed since you looked. Here is what would change now."


def refuse_pale(colour):
    """White words stand on it in the header of every page and letter."""
    if not carries_white(colour):
        found = f"{contrast_with_white(colour):.1f}"
        raise Refused(
            f"White words on {colour} are hard to read: their contrast is {found} to 1, and it takes 4.5. "
            f"This darker shade carries them: {dark_enough(colour)}"
        )


def changes(system, facts, *, logo=None, removes_logo=False):
    """[[field, as it stands, as it would be]] in words, of those that differ. `logo`: (PNG, words) of a new one."""
    told = [[name, in_words(getattr(system, name)), in_words(facts[name])] for name in FIELDS if name in facts]
    if logo or removes_logo:
        now = f"a picture of “{logo[1]}”" if logo else ""
        standing = Logo.objects.filter(system=system).defer("content").first()
        told.append(["logo", f"a picture of “{standing.says}”" if standing else "", now])
        if logo and standing and standing.digest != _digest(logo[0]) and standing.says == logo[1]:
            told[-1][2] = f"another picture of “{logo[1]}”"
    return [each for each in told if each[1] != each[2]]


def in_words(value):
    if isinstance(value, dt.time):
        return nhs_time(value)
    return "" if value is None else str(value)


def digest_of(told):
    """The same for the same changes; whoever saves says with it what they saw."""
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@transaction.atomic
def change(*, system, facts, by, now, expected, logo=None, removes_logo=False):
    """Do what the preview with that digest said; Refused where it would say something else by now.

    Who changed what, from what to what, stands in the security log, and the page of settings reads it there.
    """
    system = System.objects.select_for_update(no_key=True).get(pk=system.pk)
    refuse_pale(facts["colour"])
    told = changes(system, facts, logo=logo, removes_logo=removes_logo)
    if digest_of(told) != expected:
        raise Refused(STALE)
    for name in FIELDS:
        setattr(system, name, facts[name])
    system.save(update_fields=FIELDS)
    if logo:
        _keep(system, *logo)
    elif removes_logo:
        Logo.objects.filter(system=system).delete()
    if told:
        audit.record(Act.SETTINGS_CHANGED, by=by, where=system, now=now, changes=told)
    return system


def _keep(system, content, says):
    content, width, height = logos.as_logo(content)
    picture = {"content": content, "digest": _digest(content), "says": says, "width": width, "height": height}
    Logo.objects.update_or_create(system=system, defaults=picture)


def _digest(content):
    return hashlib.sha256(content).hexdigest()
