"""Warns where the keys of stories lie beside the database whose rows they open."""

from django.core import checks

from rounds.actions import story_keys
from rounds_site.database_roles import is_real

STORIES_BESIDE = (
    "STORY_KEY_DIR lies on the device of the database, or on the same host: whoever copies that can read the stories "
    "that are written down. The page of promises says so. See docs/operating.md."
)


@checks.register(checks.Tags.database, deploy=True)
def check_story_keys(app_configs, databases, **kwargs):
    """``manage.py check --deploy --database default``."""
    beside = is_real() and "default" in (databases or []) and not story_keys.are_apart()
    return [checks.Warning(STORIES_BESIDE, id="rounds_site.W001")] if beside else []
