"""The mail relay as a dispatcher sees it: whatever backend is set, and what its errors mean."""

import logging
import smtplib

from django.core.mail import get_connection

from members.models.delivery import DeliveryState
from rounds_site.kit.smtp import BrokenOff, code_of

logger = logging.getLogger(__name__)

# RFC 3463: 5.1 is about the address, 5.2.1 a mailbox that is closed for good. 5.7 is about us, and may be mended.
NO_SUCH_MAILBOX = (b"5.1.", b"5.2.1")
WITHOUT_DETAIL = {550, 551, 553}


class Away(Exception):
    """The relay cannot be reached, does not answer, or does not let us in: nothing was handed over."""


class NotAsked(Away):
    """As the last letter found; this one has not even tried."""


class NothingSent(Exception):
    """The mail backend says that it sent nothing, and not why."""


class Relay:
    """One connection, kept for a batch and opened anew when it has gone."""

    def __init__(self):
        self._connection = None
        self.away = ""
        # How many letters in a row it asked us to bring later.
        self.put_off = 0

    def hand_over(self, message, before_the_end):
        """`before_the_end` commits *handing*: as late as the backend lets us. Raises Away where there is no relay; then
        it is away for the rest of the batch, or each letter would wait for its own time-out."""
        self._open()
        try:
            self._send(message, before_the_end)
        except Exception as error:
            self.put_off = self.put_off + 1 if 400 <= (code_of(error) or 0) < 500 else 0
            if isinstance(error, TimeoutError):
                self.away = words(error)
            raise
        self.put_off = 0

    def _send(self, message, before_the_end):
        if hasattr(self._connection, "hand_over"):
            self._connection.hand_over(message, before_the_end=before_the_end)
            return
        before_the_end()
        try:
            sent = self._connection.send_messages([message])
        except Exception:
            self.close()
            raise
        if sent == 0:
            self.close()
            raise NothingSent

    def _open(self):
        if self.away:
            raise NotAsked(self.away)
        if self._connection and self._answers():
            return
        self.close()
        connection = get_connection()
        try:
            connection.open()
        except Exception as error:  # noqa: BLE001 (any mail backend, with errors of its own)
            self.away = words(error)
            raise Away(self.away) from None
        self._connection = connection

    def _answers(self):
        """A relay may hang up between two letters. Django's backend finds that out when the letter is in hand already,
        so it is asked before; ours needs no asking."""
        if hasattr(self._connection, "hand_over"):
            return True
        noop = getattr(getattr(self._connection, "connection", None), "noop", None)
        try:
            return noop is None or noop()[0] == 250
        except OSError:
            return False

    def close(self):
        connection, self._connection = self._connection, None
        try:
            if connection:
                connection.close()
        except Exception as error:  # noqa: BLE001 (the letters' fates are settled; a rude goodbye changes none)
            logger.info("The mail relay hung up: %s", type(error).__name__)


def words(error):
    """Of what kind an error is, quoting no address."""
    return " ".join(str(part) for part in (type(error).__name__, code_of(error)) if part)


def verdict(error, *, in_hand=True):
    """What becomes of a letter after an error.

    A relay that answers has not accepted it: 4xx asks us to come again, 5xx refuses the recipient or the letter; a 5xx
    to the sender is ours to mend, and the letter waits. Without an answer nobody knows, unless *handing* had not even
    been committed.
    """
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return DeliveryState.FAILED
    code = code_of(error)
    if isinstance(error, BrokenOff):
        return DeliveryState.PENDING
    if not code:
        return DeliveryState.UNCERTAIN if in_hand else DeliveryState.PENDING
    ours = isinstance(error, smtplib.SMTPSenderRefused)
    return DeliveryState.PENDING if code < 500 or ours else DeliveryState.FAILED


def refused_for_good(error):
    """Whether the relay says that there is no such mailbox."""
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return False
    code, said = next(iter(error.recipients.values()))
    said = said if isinstance(said, bytes) else said.encode()
    return said.startswith(NO_SUCH_MAILBOX) or (code in WITHOUT_DETAIL and not said.startswith((b"5.", b"4.")))
