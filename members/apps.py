from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self):
        from . import adapter, emails, holdings
        from .actions import endings, erasure

        adapter.listen()

        emails.register_letters()
        emails.register_log_letters()
        emails.register_role_letters()
        emails.register_erasing_letters()
        endings.register()
        holdings.register(
            roles={"hinders": erasure.only_administrator},
            joining={"erase": erasure.forget_joining},
            contacts={"hold": erasure.hold_contacts, "erase": erasure.forget_contacts},
        )
