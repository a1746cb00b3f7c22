"""Whatever leads to a person is shown to that person: no foreign key without a holding."""

from django.apps import apps

import members.registry
from members.models import Person
from rounds_site.kit.privacy import Kept

# None as yet. What stands here needs a reason that its subject would accept.
NOT_SHOWN = {}


def keys_to_people():
    """Of every model there is, those of other packages and of tables between two models too."""
    return {
        f"{model._meta.label}.{field.name}": (model, field.name)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.related_model is Person and not field.auto_created
    }


def test_every_key_to_people_is_shown_by_a_holding():
    covered = {key for holding in members.registry.holdings for key in holding.covers}
    assert covered & set(NOT_SHOWN) == set()
    assert covered | set(NOT_SHOWN) == set(keys_to_people())


def test_the_end_that_is_shown_is_that_of_the_models():
    keys = keys_to_people()
    told = {(key, holding.until) for holding in members.registry.holdings for key in holding.covers}
    assert told == {(key, _classified(*keys[key])) for key, _ in told}


def _classified(model, name):
    """What other packages keep of people is their way in, and goes with the account."""
    privacy = getattr(model, "privacy", {Kept.ACCOUNT: name})
    return next(kept for kept, names in privacy.items() if name in names.split())
