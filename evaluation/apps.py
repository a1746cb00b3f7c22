from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class EvaluationConfig(AppConfig):
    name = "evaluation"

    def ready(self):
        from members import registry

        from . import emails, holdings
        from .actions import endings, forgetting, successions
        from .models import event

        pre_migrate.connect(event.put_view_away, sender=self)
        post_migrate.connect(event.make_view, sender=self)
        emails.register_letters()
        endings.register()
        holdings.register(attendances_erased=forgetting.forget_attendances)
        registry.system_dependants.register(
            registry.SystemDependant(
                name="questions",
                rows=successions.questions_of,
                words=successions.questions_in_words,
                move=successions.move_questions,
            )
        )
