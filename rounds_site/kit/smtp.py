"""A mail backend that knows from when on a letter may have been accepted: from its final dot.

SMTP leaves one moment open, between the dot that ends a letter and the answer to it. Django's backend, which sends a
letter in one call, cannot tell a relay that hung up before that moment from one that did after. This one is Django's in
all else: its settings, its TLS, its way of signing in.
"""

import re
import select
import smtplib
import socket
import threading
import time
from contextlib import contextmanager

from django.conf import settings
from django.core.mail.backends import smtp
from django.core.mail.message import sanitize_address

from rounds_site.kit.deadlines import deadlines

# For one letter or one connection, however many small answers a relay gives meanwhile.
DEADLINE = 75
POLITE = 2
LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)


class BrokenOff(smtplib.SMTPServerDisconnected):
    """The relay hung up, or spoke, before the final dot: it has not accepted the letter."""


class EmailBackend(smtp.EmailBackend):
    """One connection, kept from letter to letter."""

    _under_way = None

    @property
    def connection_class(self):
        """As Django's; told of while it is being opened, so that a deadline can close it even then."""
        backend = self

        class Connection(super().connection_class):
            def _get_socket(self, *where):
                backend._under_way = self
                opened = super()._get_socket(*where)
                # The dot goes by itself, and would else wait until the relay has acknowledged what went before it.
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return opened

        return Connection

    def open(self):
        if self.connection:
            return False
        try:
            with self._in_time():
                opened = super().open()
                self.connection.ehlo_or_helo_if_needed()
        except BaseException:
            self.hang_up()
            raise
        return opened

    def hand_over(self, message, *, before_the_end):
        """One letter to its one address.

        `before_the_end` is called when all of it but the final dot has gone. Whatever is raised until it has returned,
        by itself too, means that the letter was not accepted; afterwards only an answer does, or BrokenOff.
        """
        sender, recipient = _envelope(message)
        content = _quoted(message.message().as_bytes(linesep="\r\n"))
        try:
            self.open()
            with self._in_time() as left:
                self._begin(sender, recipient)
                self.connection.send(content)
                before_the_end()
                self._expect_silence()
                self._end(left())
        except BaseException as error:
            self._after(error)
            raise

    def _begin(self, sender, recipient):
        """A relay may have hung up since the last letter: then it is asked once more, since nothing has gone."""
        code, said = self._mail(sender)
        if code == 421:
            self.hang_up()
            self.open()
            code, said = self.connection.mail(sender)
        _expect((code, said), smtplib.SMTPSenderRefused, sender)
        code, said = self.connection.rcpt(recipient)
        if code not in (250, 251):
            raise smtplib.SMTPRecipientsRefused({recipient: (code, said)})
        _expect(self.connection.docmd("DATA"), smtplib.SMTPDataError, expected=354)

    def _mail(self, sender):
        try:
            return self.connection.mail(sender)
        except smtplib.SMTPServerDisconnected as error:
            if isinstance(error.__context__, TimeoutError):
                raise
            return 421, b""

    def _end(self, seconds):
        """An answer that is slow in coming is waited for as long as there is time: without it nobody knows."""
        self.connection.sock.settimeout(seconds)
        self._send_dot()
        self._hear_answer()
        self.connection.sock.settimeout(self.timeout)

    def _send_dot(self):
        self.connection.send(b".\r\n")

    def _hear_answer(self):
        _expect(self.connection.getreply(), smtplib.SMTPDataError)

    def _expect_silence(self):
        """Looks without waiting: what is heard before the dot is a farewell."""
        heard = select.poll()
        heard.register(self.connection.sock, select.POLLIN)
        if heard.poll(0):
            raise BrokenOff("before the final dot")

    def _after(self, error):
        """A refusal leaves the connection for the next letter; whatever else went wrong does not."""
        if code_of(error) in (None, 421) or not self._starts_anew():
            self.hang_up()

    def _starts_anew(self):
        try:
            return self.connection.rset()[0] == 250
        except (OSError, AttributeError):
            return False

    @contextmanager
    def _in_time(self):
        """Hangs up when the time is over; gives what is left of it, in seconds. Raises TimeoutError for an answer that
        did not come, whether in all or within EMAIL_TIMEOUT."""
        ends_at, late = time.monotonic() + DEADLINE, threading.Event()
        try:
            with deadlines.watch(ends_at, lambda: self._cut_off(late)):
                yield lambda: max(0.1, ends_at - time.monotonic())
        except OSError as error:
            if late.is_set() or isinstance(error.__context__, TimeoutError):
                raise TimeoutError from error
            raise

    def _cut_off(self, late):
        """Wakes whoever waits for the relay: from another thread, so past TLS, whose own farewell would wait too."""
        late.set()
        try:
            socket.socket.shutdown((self.connection or self._under_way).sock, socket.SHUT_RDWR)
        except (OSError, AttributeError):
            """It has hung up by itself."""

    def hang_up(self):
        """Without a goodbye."""
        for connection in (self.connection, self._partial_connection):
            if connection is not None:
                connection.close()
        self.connection = self._partial_connection = self._under_way = None

    def _close_connection(self, connection):
        """With a goodbye, which no relay may draw out."""
        try:
            connection.sock.settimeout(POLITE)
            connection.quit()
        except (OSError, AttributeError):
            connection.close()


def code_of(error):
    """What the relay answered, or None where an error is no answer."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next((code for code, _ in error.recipients.values()), None)
    code = getattr(error, "smtp_code", None)
    return code if code and code >= 400 else None


def _expect(answer, refused, *about, expected=250):
    code, said = answer
    if code == -1:
        raise smtplib.SMTPServerDisconnected("no answer")
    if code != expected:
        raise refused(code, said, *about)


def _envelope(message):
    (recipient,) = message.recipients()
    encoding = message.encoding or settings.DEFAULT_CHARSET
    return sanitize_address(message.from_email, encoding), sanitize_address(recipient, encoding)


def _quoted(content):
    """A line that begins with a dot gets another, or the letter would end there."""
    content = LEADING_DOT.sub(b"..", content)
    return content if content.endswith(b"\r\n") else content + b"\r\n"
