"""The pages of the demo exist only where DEMO is set, and show its letters."""

from email.message import EmailMessage

import pytest
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import timezone

from rounds_site.demo import mailbox
from tests.factories.members import PersonFactory


@pytest.fixture
def letters(settings, tmp_path):
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return mailbox.EmailBackend()


def written(letters, to="ben@elmbridge.example", subject="Your sign-in code", html="", ics=""):
    message = EmailMultiAlternatives(subject, "The code is K7QX.", "rounds@north-vale.example", [to])
    if html:
        message.attach_alternative(html, "text/html")
    if ics:
        message.attach_alternative(ics, "text/calendar; method=REQUEST")
    letters.send_messages([message])
    return mailbox.names()[0]


# --- Where they are -----------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/demo/", "/demo/mail/"])
def test_without_demo_its_pages_are_not_there(db, client, address):
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404


def test_nobody_outside_the_cast_can_be_anyone(db, client, routed):
    somebody = PersonFactory()
    for be in (somebody.email, str(somebody.pk), "nurse", ""):
        assert client.post("/demo/", {"be": be}).status_code == 404


def test_an_empty_portal_says_how_to_make_the_demo(db, client, routed):
    assert "manage.py demo" in client.get("/demo/").content.decode()


def test_every_page_says_that_it_is_a_demo(db, client, routed, settings):
    assert "This is a demo" in client.get("/").content.decode()
    settings.DEMO = False
    assert "This is a demo" not in client.get("/").content.decode()


# --- Its mailbox --------------------------------------------------------------------------------


def test_the_mailbox_lists_the_newest_first(db, client, routed, letters):
    assert "No letter has been written yet" in client.get("/demo/mail/").content.decode()
    written(letters, subject="The first")
    written(letters, subject="The second")
    page = client.get("/demo/mail/").content.decode()
    assert page.index("The second") < page.index("The first")


def test_the_mailbox_turns_its_pages_and_finds_an_address(db, client, routed, letters):
    for number in range(26):
        written(letters, to=f"person-{number}@elmbridge.example", subject=f"Letter {number}")
    assert "Letter 0" not in client.get("/demo/mail/").content.decode()
    assert "Letter 0" in client.get("/demo/mail/?page=2").content.decode()
    found = client.get("/demo/mail/?to=PERSON-25").content.decode()
    assert "1 letter to" in found
    assert "Letter 25" in found
    assert "No letter has gone to" in client.get("/demo/mail/?to=nobody").content.decode()


def test_letters_are_found_by_address_without_opening_one(letters, tmp_path):
    """There are thousands, and each page would read them all."""
    wanted = [written(letters, to=f"{who}@elmbridge.example") for who in ("ben", "dev", "ben")]
    for file in tmp_path.glob("*.eml"):
        file.write_bytes(b"")
    assert mailbox.names_to("BEN@") == [wanted[2], wanted[0]]
    assert mailbox.names_to("nobody") == []


def test_a_letter_shows_its_text_and_what_is_enclosed(db, client, routed, letters):
    name = written(letters, html="<p>The code is K7QX.</p>", ics="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    page = client.get(reverse("demo_letter", args=[name]))
    assert "The code is K7QX." in page.content.decode()
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    enclosed = client.get(reverse("demo_letter_enclosure", args=[name, 1]))
    assert enclosed.headers["Content-Disposition"] == 'attachment; filename="enclosure-1.ics"'
    assert enclosed.content.splitlines() == [b"BEGIN:VCALENDAR", b"END:VCALENDAR"]
    assert client.get(reverse("demo_letter_enclosure", args=[name, 2])).status_code == 404


def test_the_html_of_a_letter_can_do_nothing(db, client, routed, letters):
    name = written(letters, html="<p>Hello</p><script>alert(1)</script>")
    letter = client.get(reverse("demo_letter_html", args=[name]))
    assert set(letter.headers["Content-Security-Policy"].split("; ")) == {
        "default-src 'none'",
        "frame-ancestors 'self'",
        "img-src data:",
        "sandbox allow-top-navigation-by-user-activation",
        "style-src 'unsafe-inline'",
    }
    assert letter.headers["X-Frame-Options"] == "SAMEORIGIN"
    plain = written(letters)
    assert client.get(reverse("demo_letter_html", args=[plain])).status_code == 404


@pytest.mark.parametrize("name", ["nothing", "20270101T000000000000-00000000", "..%2Fportal", "%2Fetc%2Fpasswd"])
def test_only_letters_can_be_read(db, client, routed, letters, name):
    assert client.get(f"/demo/mail/{name}/").status_code == 404


def test_a_letter_of_the_past_bears_its_date(letters):
    moment = timezone.now().replace(microsecond=0) - timezone.timedelta(days=100)
    with mailbox.letters_of(moment):
        name = written(letters)
    assert mailbox.heading(name).sent_at.replace(microsecond=0) == moment
    message: EmailMessage = mailbox.letter(name)
    assert message["Date"].datetime == moment
