from django.apps import AppConfig


class RoundsConfig(AppConfig):
    name = "rounds"

    def ready(self):
        from members import registry

        from . import emails
        from .models import Round

        emails.register_letters()
        registry.set_up.register(
            registry.SetUpStep(
                name="first_round",
                title="Plan the first Round",
                url_name="organise",
                done=lambda system, now: Round.objects.filter(system=system).exists(),
            )
        )
