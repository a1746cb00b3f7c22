from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "evaluation"

    def ready(self):
        from members import registry

        from . import emails, holdings
        from .actions import endings, forgetting, successions

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
