from django.apps import AppConfig


class RoundsConfig(AppConfig):
    name = "rounds"

    def ready(self):
        from . import emails

        emails.register_letters()
