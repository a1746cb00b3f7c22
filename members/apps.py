from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self):
        from . import registry, reports
        from .actions import people

        registry.holdings.register(registry.Holding("account", show=reports.account_of, erase=people.erase_account))
