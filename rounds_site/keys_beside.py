"""Warns where keys lie beside the database whose rows they open."""

from django.core import checks

from evaluation.actions import box_keys
from rounds.actions import story_keys
from rounds_site.database_roles import is_real

BOXES_BESIDE = (
    "BOX_KEY_DIR lies on the device of a database, or on the same host: whoever copies that can read the feedback that "
    "waits to be counted. The page of promises says so. See docs/operating.md."
)
STORIES_BESIDE = (
    "STORY_KEY_DIR lies on the device of the database, or on the same host: whoever copies that can read the stories "
    "that are written down. The page of promises says so. See docs/operating.md."
)


BESIDE = {"BOX_KEY_DIR": (BOXES_BESIDE, box_keys), "STORY_KEY_DIR": (STORIES_BESIDE, story_keys)}


def said_of_keys(*names) -> list[str]:
    """In sentences, which keys lie beside what they open, or may do so; of these folders, or of both."""
    return [said for name, (said, keys) in BESIDE.items() if name in (names or BESIDE) and not keys.are_apart()]


@checks.register(checks.Tags.database, deploy=True)
def check_story_keys(app_configs, databases, **kwargs):
    """``manage.py check --deploy --database default``."""
    beside = is_real() and "default" in (databases or []) and not story_keys.are_apart()
    return [checks.Warning(STORIES_BESIDE, id="rounds_site.W001")] if beside else []
