"""Templates of Rounds: making one, changing it, removing it."""

from django.db import IntegrityError, transaction

from members.actions import audit
from members.models.audit import Act
from rounds.models import RoundTemplate
from rounds_site.kit.refusals import Refused


class NameTaken(Refused):
    """The system has a template of that name."""


def add(*, system, facts):
    """`facts`: {name of a field: value}."""
    return _save(RoundTemplate(system=system, **facts), force_insert=True)


@transaction.atomic
def change(*, template, facts, by, now):
    """Whoever plans with it from now on finds these answers. No Round changes."""
    for name, value in facts.items():
        setattr(template, name, value)
    audit.record(Act.TEMPLATE_CHANGED, by=by, about=template.pk, where=template.system, now=now)
    return _save(template)


@transaction.atomic
def remove(*, template, by, now):
    audit.record(Act.TEMPLATE_REMOVED, by=by, about=template.pk, where=template.system, now=now)
    template.delete()


def _save(template, **how):
    try:
        with transaction.atomic():
            template.save(**how)
    except IntegrityError:
        raise NameTaken("There is a template of that name already. Choose another name.") from None
    return template
