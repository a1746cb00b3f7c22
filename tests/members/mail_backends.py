"""Mail backends as others write them, for tests: each does what its class says, and nothing else."""

from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend


class Told(BaseEmailBackend):
    """Does what the test told it: `script` is called with each letter, and its answer is the backend's."""

    script = None

    def send_messages(self, messages):
        mail.outbox.extend(messages)
        return type(self).script(*messages)


class Shut(BaseEmailBackend):
    """A service that lets nobody in."""

    opened = 0

    def open(self):
        type(self).opened += 1
        raise ConnectionRefusedError

    def send_messages(self, messages):
        raise AssertionError("nothing may be sent before the connection is open")


class Meanwhile(BaseEmailBackend):
    """A relay that takes its time to open: when a letter is rendered, and not handed over yet, `change` runs once."""

    change = None

    def open(self):
        change, type(self).change = type(self).change, None
        if change:
            change()

    def send_messages(self, messages):
        mail.outbox.extend(messages)
        return len(messages)
