"""Which rows stand longer than the promises say, found by looking at every model there is and not by a list of ours."""

from datetime import datetime, time, timedelta

from django.apps import apps
from django.db.models import DateField, DateTimeField, Q
from django.utils import timezone

from evaluation.models import FeedbackBox
from evaluation.states import BoxState
from members.models import Delivery, JoinRequest, RoleGrant, Training
from members.registry import letters
from rounds.models import Round, Series, Storyteller, TeamMember
from rounds.states import TeamPart
from rounds_site.kit.privacy import WITHOUT_A_PERIOD, Kept

YEAR, MONTH, DAY = timedelta(days=365), timedelta(days=30), timedelta(days=1)
MAY_BE_OLD = {
    *(Kept.WORK, Kept.ROLE, Kept.FACILITATED, Kept.PLANNER, Kept.COVER),
    *(Kept.CARE_OWED, Kept.DEBRIEF, Kept.SUGGESTION),
    *(Kept.SUPPRESSED, Kept.SECURITY_LOG, Kept.CARE_LOG, Kept.VOICES),
}
# So long before a Round nobody is asked, books or is written to.
LEAD = timedelta(days=75)
ENDED_BY_SOMEBODY = {Kept.ACCOUNT, Kept.CONTACT, Kept.REVIEWED}


def kept_too_long(*, now):
    """{name of a model: how many of its rows should be gone by now}, of those with any."""
    models = [model for model in apps.get_models() if hasattr(model, "privacy")]
    found = {model.__name__: _left_over(model, now) for model in models}
    return {name: number for name, number in found.items() if number}


def _left_over(model, now):
    with_a_period = set(model.privacy) - WITHOUT_A_PERIOD - ENDED_BY_SOMEBODY
    rows = {row.pk for kept in with_a_period for row in PERIODS[kept](model, now)}
    return len(rows | (_with_old_moments(model, now) if with_a_period - MAY_BE_OLD else set()))


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


def _care_owed(model, now):
    return model._base_manager.filter(round__ends_at__lte=now - 3 * MONTH)


def _debriefs(model, now):
    return model._base_manager.filter(round__ends_at__lte=now - YEAR)


def _suggestions(model, now):
    """From the first day of a half-year on, so that none is older than two years."""
    return model._base_manager.filter(half_year__lte=timezone.localdate(now) - 2 * YEAR - 2 * DAY)


def _letters(model, now):
    """Those about a Round or a storyteller that is not there any more, and old ones about anything else.

    That a role ends is posted when its dates are given, and waits for that day.
    """
    there = {
        *Round.objects.exclude(pk__in=_of_long_ago(now)).values_list("pk", flat=True),
        *Storyteller.objects.exclude(round__in=_of_long_ago(now)).values_list("pk", flat=True),
    }
    of_others = [letter.kind for letter in letters if not letter.gone]
    of_no_round = Q(about=None) | Q(kind__in=of_others)
    waiting = Q(state="pending", due_at__gt=now)
    old = model._base_manager.filter(of_no_round, created_at__lte=now - MONTH).exclude(waiting)
    return [*old, *(row for row in model._base_manager.exclude(of_no_round) if row.about not in there)]


def _uploads(model, now):
    return model._base_manager.filter(created_at__lte=now - DAY)


def _joining(model, now):
    """Invitation links bear no other moment than that of their making."""
    last_word = "changed_at" if model is JoinRequest else "created_at"
    return model._base_manager.filter(**{f"{last_word}__lte": now - MONTH})


def _in_a_box(model, now):
    waiting = set(FeedbackBox.objects.filter(state=BoxState.OPEN).values_list("round", flat=True))
    before_it = set(Round.objects.filter(starts_at__gt=now).values_list("pk", flat=True))
    return [row for row in model._base_manager.all() if row.round_id not in waiting | before_it]


def _helpers(model, now):
    return TeamMember.objects.filter(part=TeamPart.HELPER, round__in=_of_long_ago(now))


def _ended_a_year_ago(model, now):
    return model._base_manager.filter(ends_on__lte=timezone.localdate(now) - YEAR)


def _roles(model, now):
    """And the training of whoever has none any more."""
    if model is not Training:
        return _ended_a_year_ago(model, now)
    return Training.objects.filter(created_at__lte=now - YEAR).exclude(person__in=RoleGrant.objects.values("person"))


def _planners(model, now):
    if model is Series:
        begun = Series.objects.filter(planned_by__isnull=False, first_on__lte=timezone.localdate(now))
        return begun.exclude(rounds__ends_at__gt=now - MONTH)
    named = Q(planned_by__isnull=False) | Q(invitations_released_by__isnull=False)
    return _of_long_ago(now).filter(named)


def _security_log(model, now):
    return model._base_manager.filter(at__lt=now - YEAR)


def _care_log(model, now):
    return model._base_manager.filter(Q(hour__lt=now - YEAR) | Q(about__in=_of_long_ago(now).values("pk")))


def _whose_work(model, now):
    return model._base_manager.filter(round__in=_of_long_ago(now)).exclude(staff_group="")


def _made_a_year_ago(model, now):
    return model._base_manager.filter(created_at__lt=now - YEAR)


def _a_day_after(model, now):
    return model._base_manager.filter(round__ends_at__lte=now - DAY - timedelta(hours=1))


def _asked_a_week_ago(model, now):
    return model._base_manager.filter(created_at__lte=now - 7 * DAY - timedelta(hours=1))


PERIODS = {
    Kept.DAY_AFTER: _a_day_after,
    Kept.ROUND_30: _about_a_round,
    Kept.CARE_OWED: _care_owed,
    Kept.DEBRIEF: _debriefs,
    Kept.SUGGESTION: _suggestions,
    Kept.LETTER: _letters,
    Kept.UPLOAD: _uploads,
    Kept.REPORT: _asked_a_week_ago,
    Kept.JOINING: _joining,
    Kept.BOX: _in_a_box,
    Kept.WORK: _ended_a_year_ago,
    Kept.ROLE: _roles,
    Kept.FACILITATED: _helpers,
    Kept.PLANNER: _planners,
    Kept.SECURITY_LOG: _security_log,
    Kept.CARE_LOG: _care_log,
    Kept.COVER: _whose_work,
    Kept.SUPPRESSED: _made_a_year_ago,
    Kept.VOICES: _made_a_year_ago,
}


def _with_old_moments(model, now):
    """Whatever its class, no such row bears a moment from before anybody could have asked for it; but for letters that
    wait for a day to come."""
    names = [field.name for field in model._meta.concrete_fields if isinstance(field, DateField)]
    rows = model._base_manager.all() if names else []
    if model is Delivery:
        rows = rows.exclude(state="pending", due_at__gt=now)
    return {row.pk for row in rows if any(_moment(row, name) < now - MONTH - LEAD for name in names)}


def _moment(row, name):
    said = getattr(row, name)
    if said is None:
        return timezone.now()
    is_day = not isinstance(row._meta.get_field(name), DateTimeField)
    return timezone.make_aware(datetime.combine(said, time())) if is_day else said
