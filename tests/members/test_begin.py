"""manage.py begin: from an empty database to a portal with two administrators, or a clear sentence and nothing."""

import io

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command

from members.models import Person, RoleGrant, System
from tests.factories.members import PersonFactory, SystemFactory

SOUND = {
    "system_code": "qxv",
    "system_name": "North Vale Integrated Care System",
    "short_name": "North Vale",
    "administrator": ["Ada Example <Ada@northvale.example>", "Ines Example <ines@northvale.example>"],
    "sender": "rounds@northvale.example",
}

pytestmark = pytest.mark.django_db


def begin(**options):
    told, complaints = io.StringIO(), io.StringIO()
    call_command("begin", **SOUND | {"ask": False} | options, stdout=told, stderr=complaints)
    return told.getvalue(), complaints.getvalue()


def test_an_empty_portal_becomes_real():
    told, complaints = begin()
    system = System.objects.get()
    assert (system.code, system.name, system.short_name, system.sender) == (
        "QXV",
        "North Vale Integrated Care System",
        "North Vale",
        "Schwartz Rounds <rounds@northvale.example>",
    )
    grants = RoleGrant.objects.order_by("person__email").values_list("person__email", "role", "system")
    assert list(grants) == [
        ("ada@northvale.example", "administrator", system.pk),
        ("ines@northvale.example", "administrator", system.pk),
    ]
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == 2
    assert told.splitlines() == [
        "North Vale Integrated Care System has begun. Its administrators sign in with a code sent to their address:",
        "  Ada Example <ada@northvale.example>",
        "  Ines Example <ines@northvale.example>",
        "A test letter to ada@northvale.example was handed to the mail system that EMAIL_URL names "
        "(django.core.mail.backends.locmem.EmailBackend). Look whether it arrived.",
        "The portal:      http://127.0.0.1:8000/",
        "What to do next: http://127.0.0.1:8000/manage/",
    ]
    assert complaints == ""


def test_the_test_letter():
    begin(test_letter_to="office@northvale.example", sender_name="North Vale Rounds")
    (letter,) = mail.outbox
    assert (letter.to, letter.from_email, letter.subject) == (
        ["office@northvale.example"],
        "North Vale Rounds <rounds@northvale.example>",
        "Letters from the Rounds portal arrive",
    )
    assert "http://127.0.0.1:8000/manage/" in letter.body


def test_a_letter_that_did_not_go_is_said_honestly(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    told, complaints = begin()
    assert "was handed" not in told
    assert complaints.startswith("The test letter to ada@northvale.example did NOT go: ConnectionRefusedError")
    assert "manage.py sendtestemail ada@northvale.example" in complaints
    assert System.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"system_code": None}, "--system-code: Say the code of the system, like QYG"),
        (
            {"system_code": "Q YG"},
            "--system-code: The code of the system must be 2 to 12 letters and numbers, like QYG",
        ),
        ({"system_name": " "}, "--system-name: Say the name of the system"),
        ({"short_name": "N" * 61}, "--short-name: “Short name” must be 60 characters or fewer"),
        (
            {"administrator": []},
            "--administrator: Name the first administrator\n"
            "--administrator, a second time: Name a second administrator",
        ),
        (
            {"administrator": ["Ada <ada@northvale.example>"]},
            "--administrator, a second time: Name a second administrator",
        ),
        (
            {"administrator": ["ada@northvale.example", "Ines <ines@northvale.example>"]},
            "--administrator: “ada@northvale.example” must be a name and an address: Ada Example <ada@trust.example>",
        ),
        (
            {"administrator": ["Ada <ada@northvale>", "Ines <ines@northvale.example>"]},
            "--administrator: Enter an email address in the correct format, like name@example.com",
        ),
        (
            {"administrator": ["Ada <a@northvale.example>", "Ines <A@northvale.example>"]},
            "--administrator, a second time: The two administrators must have two addresses: each signs in alone",
        ),
        (
            {"sender": "rounds at northvale"},
            "--sender: Enter an email address in the correct format, like name@example.com",
        ),
        (
            {"test_letter_to": "nobody"},
            "--test-letter-to: Enter an email address in the correct format, like name@example.com",
        ),
    ],
)
def test_each_bad_value_gets_a_sentence_and_nothing_is_half_done(wrong, sentence):
    with pytest.raises(CommandError) as error:
        begin(**wrong)
    assert str(error.value) == f"Nothing was changed.\n{sentence}"
    assert (System.objects.count(), Person.objects.count(), mail.outbox) == (0, 0, [])


def test_characters_that_nobody_sees_are_left_out():
    begin(sender_name="Rounds\x07")
    assert System.objects.get().sender_name == "Rounds"


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(CommandError) as error:
        begin(system_code="", sender="")
    assert len(str(error.value).splitlines()) == 3


def test_three_administrators_are_not_guessed_at():
    with pytest.raises(CommandError, match=r"^Give --administrator twice\."):
        begin(administrator=["A <a@x.example>", "B <b@x.example>", "C <c@x.example>"])


def test_a_portal_that_has_begun_is_left_alone():
    system = SystemFactory()
    with pytest.raises(CommandError) as error:
        begin()
    assert str(error.value) == f"This portal has begun already, as {system}. Nothing was changed."
    assert (System.objects.count(), Person.objects.count()) == (1, 0)


def test_a_database_with_people_in_it_is_not_empty():
    PersonFactory()
    with pytest.raises(CommandError, match=r"^This portal has begun already\. Nothing was changed\.$"):
        begin()
    assert System.objects.count() == 0


def test_the_prompts_ask_again_until_an_answer_will_do(monkeypatch):
    answers = io.StringIO(
        "Q!\nQXV\nNorth Vale Integrated Care System\nNorth Vale\nAda\nAda Example <ada@northvale.example>\n"
        "Ines Example <ines@northvale.example>\nrounds@northvale.example\n"
    )
    answers.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", answers)
    told, complaints = io.StringIO(), io.StringIO()
    call_command("begin", stdout=told, stderr=complaints)
    assert System.objects.get().code == "QXV"
    assert complaints.getvalue().splitlines() == [
        "The code of the system must be 2 to 12 letters and numbers, like QYG",
        "“Ada” must be a name and an address: Ada Example <ada@trust.example>",
    ]


def test_prompts_that_are_left_leave_nothing_behind(monkeypatch):
    answers = io.StringIO("QXV\nNorth Vale\n")
    answers.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", answers)
    with pytest.raises(CommandError, match=r"^Nothing was changed: the questions were not all answered\.$"):
        call_command("begin", stdout=io.StringIO(), stderr=io.StringIO())
    assert System.objects.count() == 0
