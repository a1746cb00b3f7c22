"""Which rows stand longer than the promises say, found by looking at every model there is and not by a list of ours."""

from datetime import datetime, time, timedelta

from django.apps import apps
from django.db.models import DateField, DateTimeField, Q
from django.utils import timezone

from evaluation.models import FeedbackBox
from evaluation.states import BoxState
from rounds.models import Round, Storyteller, TeamMember
from rounds.states import TeamPart
from rounds_site.kit.privacy import Kept

MONTH, DAY = timedelta(days=30), timedelta(days=1)
# So long before a Round nobody is asked, books or is written to.
LEAD = timedelta(days=75)
WITHOUT_A_PERIOD = {Kept.REFERENCE, Kept.ACCOUNT, Kept.EVENT, Kept.COUNT, Kept.REVIEWED}


def kept_too_long(*, now):
    """{name of a model: how many of its rows should be gone by now}, of those with any."""
    models = [model for model in apps.get_models() if hasattr(model, "privacy")]
    found = {model.__name__: _left_over(model, now) for model in models}
    return {name: number for name, number in found.items() if number}


def _left_over(model, now):
    rows = {row.pk for kept in model.privacy if kept not in WITHOUT_A_PERIOD for row in PERIODS[kept](model, now)}
    with_a_period = set(model.privacy) - WITHOUT_A_PERIOD - {Kept.ROLE}
    return len(rows | (_with_old_moments(model, now) if with_a_period else set()))


def _of_long_ago(now):
    return Round.objects.filter(ends_at__lte=now - MONTH)


def _about_a_round(model, now):
    return model._base_manager.filter(**{f"{way_to_the_round(model)}__in": _of_long_ago(now)})


def way_to_the_round(model):
    """The path of foreign keys from a row to its Round."""
    for field in model._meta.concrete_fields:
        if field.related_model is Round:
            return field.name
    for field in model._meta.concrete_fields:
        if field.related_model and Kept.ROUND_30 in getattr(field.related_model, "privacy", {}):
            return f"{field.name}__{way_to_the_round(field.related_model)}"
    raise LookupError(f"{model.__name__} is kept for 30 days after a Round, and leads to none")


def _letters(model, now):
    """Those about a Round or a storyteller that is not there any more, and those about nothing that went long ago."""
    there = {
        *Round.objects.exclude(pk__in=_of_long_ago(now)).values_list("pk", flat=True),
        *Storyteller.objects.exclude(round__in=_of_long_ago(now)).values_list("pk", flat=True),
    }
    of_nothing = Q(about=None, created_at__lte=now - MONTH)
    return [row for row in model._base_manager.filter(Q(about__isnull=False) | of_nothing) if row.about not in there]


def _uploads(model, now):
    return model._base_manager.filter(created_at__lte=now - DAY)


def _in_a_box(model, now):
    waiting = set(FeedbackBox.objects.filter(state=BoxState.OPEN).values_list("round", flat=True))
    before_it = set(Round.objects.filter(starts_at__gt=now).values_list("pk", flat=True))
    return [row for row in model._base_manager.all() if row.round_id not in waiting | before_it]


def _roles(model, now):
    helpers = TeamMember.objects.filter(part=TeamPart.HELPER, round__in=_of_long_ago(now))
    return helpers if model is TeamMember else []


PERIODS = {
    Kept.ROUND_30: _about_a_round,
    Kept.LETTER: _letters,
    Kept.UPLOAD: _uploads,
    Kept.BOX: _in_a_box,
    Kept.ROLE: _roles,
}


def _with_old_moments(model, now):
    """Whatever its class, no such row bears a moment from before anybody could have asked for it."""
    names = [field.name for field in model._meta.concrete_fields if isinstance(field, DateField)]
    rows = model._base_manager.all() if names else []
    return {row.pk for row in rows if any(_moment(row, name) < now - MONTH - LEAD for name in names)}


def _moment(row, name):
    said = getattr(row, name)
    if said is None:
        return timezone.now()
    is_day = not isinstance(row._meta.get_field(name), DateTimeField)
    return timezone.make_aware(datetime.combine(said, time())) if is_day else said
