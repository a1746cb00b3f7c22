"""A mail relay that takes so long that its reader has stepped back by the time it answers."""

from django.core.mail.backends.locmem import EmailBackend

from rounds.actions import panel
from rounds.models import Storyteller


class StepsBackMeanwhile(EmailBackend):
    def send_messages(self, messages):
        for storyteller in Storyteller.objects.all():
            panel.step_back(storyteller=storyteller)
        return super().send_messages(messages)
