"""How a letter is put together. Which letters there are, and to whom they go, stands beside what they are about."""

import hashlib
from email.utils import format_datetime
from functools import cached_property
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.crypto import salted_hmac

# No machine should answer: neither a holiday notice nor the many of a list.
AUTOMATIC = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


class Message(EmailMultiAlternatives):
    """One letter to one address, built once: what was tried and hashed is what is handed over."""

    content_hash = ""

    @cached_property
    def built(self):
        return super().message()

    def message(self):
        return self.built


def compose(template, facts, *, message_id, now):
    """The letter, ready to go: subject, text and HTML from templates/emails, a diary entry as the last alternative.

    Raises here, before anything has been handed over, whatever is wrong with it.
    """
    subject, text, html = rendered(facts.template or template, facts)
    message = Message(
        subject=subject,
        body=text,
        from_email=facts.sender,
        to=[facts.address],
        headers=AUTOMATIC | {"Message-ID": message_id, "Date": format_datetime(now)} | _stop_headers(facts.stop_url),
    )
    message.attach_alternative(html, "text/html")
    method, entry = facts.calendar or ("", b"")
    if entry:
        message.attach_alternative(entry.decode(), f"text/calendar; method={method}")
    parts = [facts.address, facts.sender, subject, text, html, method, entry.decode()]
    message.content_hash = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    message.message()
    return message


def rendered(template, facts):
    """(subject, text, HTML)."""
    context = {
        "service_name": settings.SERVICE_NAME,
        "portal_url": settings.PORTAL_URL,
        "stop_url": facts.stop_url,
        "own_words": facts.own_words,
    }
    subject, text, html = (
        render_to_string(f"emails/{template}.{part}", context | facts.context)
        for part in ("subject.txt", "txt", "html")
    )
    return " ".join(subject.split()), text.strip() + "\n", html


def _stop_headers(url):
    """RFC 8058: the mailbox itself offers one press, which posts to the address without a cookie."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if url else {}


def said_of(system):
    """What every letter says of the care system whose it is."""
    return {"system": system.name, "notice": system.licensor_notice, "colour": system.colour}


def message_id(delivery):
    """The same at every try, so that a relay or mailbox that got it twice may know; says nothing of the rows. Where
    other letters go with it than before, it is another message."""
    host = urlsplit(settings.PORTAL_URL).hostname
    rows = " ".join(sorted(str(each.pk) for each in delivery.in_this_message))
    mark = salted_hmac("message id", rows, algorithm="sha256").hexdigest()[:32]
    return f"<{mark}@{host}>"
