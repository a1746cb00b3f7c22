"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Nobody makes an account without a partner's join link, a staff list or an administrator."""

    def is_open_for_signup(self, request):
        return False
