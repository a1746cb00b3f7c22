from django.apps import apps

from rounds_site.kit.drawing import CONNECTIONS


class BoxRouter:
    """Keeps sealed forms and the people who may have written them in different databases.

    A model of `evaluation` that says `database = "box"` lives in the box, all else in default. A
    box model must not be removed from the code in the release that drops its table: migrations
    find a model's place by its name.

    What hangs on a row that was read for figures (``kit.drawing``) is read so too.
    """

    def db_for_read(self, model, *, instance=None, **hints):
        home = home_of(model)
        for_figures = instance is not None and instance._state.db in CONNECTIONS.values()
        return CONNECTIONS[home] if for_figures else home

    def db_for_write(self, model, **hints):
        return home_of(model)

    def allow_relation(self, one, other, **hints):
        # Not type(): request.user is a stand-in for the person until it is asked.
        return home_of(one.__class__) == home_of(other.__class__)

    def allow_migrate(self, db, app_label, model_name=None, **hints):
        if model_name is None:
            return db == hints.get("database", "default")
        try:
            model = apps.get_model(app_label, model_name)
        except LookupError:
            return db == "default"
        return db == home_of(model)


def home_of(model):
    if model._meta.app_label == "evaluation":
        return getattr(model, "database", "default")
    return "default"
