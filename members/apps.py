from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self):
        from . import adapter, emails, holdings, registry
        from .actions import endings, erasure, licences

        adapter.listen()

        emails.register_letters()
        emails.register_licence_letters()
        emails.register_log_letters()
        emails.register_role_letters()
        emails.register_erasing_letters()
        endings.register()
        holdings.register(
            roles={"hinders": erasure.only_administrator},
            joining={"erase": erasure.forget_joining},
            contacts={"hold": erasure.hold_contacts, "erase": erasure.forget_contacts},
        )
        registry.dependants.register(
            registry.Dependant(
                name="licences",
                rows=licences.licences_of,
                words=licences.licences_in_words,
                move=licences.move_licences,
            )
        )
        registry.system_dependants.register(
            registry.SystemDependant(
                name="licences",
                rows=licences.licences_in,
                words=licences.licences_of_a_system_in_words,
                move=licences.move_to_system,
            )
        )
