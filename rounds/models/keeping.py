"""Until when it is known who had a place at a Round, who came and who was on its panel: as many days after it as its
system says, never more than promised."""

from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F, IntegerField, Value
from django.db.models.functions import Cast
from django.db.models.lookups import GreaterThan, LessThanOrEqual


def kept_until(path=""):
    """For annotations; see ``still_kept``."""
    days = Cast(F(f"{path}system__days_kept"), IntegerField()) * Value(timedelta(days=1))
    return F(f"{path}ends_at") + ExpressionWrapper(days, DurationField())


def still_kept(now, path=""):
    """A condition on rows that lead to their Round by `path` ("round__")."""
    return GreaterThan(kept_until(path), now)


def forgotten(now, path=""):
    return LessThanOrEqual(kept_until(path), now)
