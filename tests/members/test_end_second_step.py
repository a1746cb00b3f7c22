"""manage.py end_second_step: for whoever has lost phone, passkey and paper."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from members.models import SecurityEvent
from tests.factories.members import PersonFactory, RoleGrantFactory, SystemFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    """She holds a role, and has an app and codes on paper; so does another."""
    system = SystemFactory()
    people = [PersonFactory(email=f"{name}@riverbank.example") for name in ("ada", "ines")]
    for person in people:
        RoleGrantFactory(person=person, role="facilitator", system=system)
        TOTP.activate(person, "JBSWY3DPEHPK3PXP")
        RecoveryCodes.activate(person)
    return people[0]


def test_all_of_theirs_goes_and_nobody_else_s(ada, capsys):
    browser = Client()
    browser.force_login(ada)
    call_command("end_second_step", "Ada@riverbank.example")
    assert "Ended, and it stands in the log." in capsys.readouterr().out
    assert set(Authenticator.objects.values_list("user__email", flat=True)) == {"ines@riverbank.example"}
    assert browser.get(reverse("your_details")).status_code == 302


def test_it_stands_in_the_log_where_they_hold_their_role(ada, capsys):
    call_command("end_second_step", ada.email)
    removed = SecurityEvent.objects.filter(act="signing_in.second_factor_removed")
    rows = sorted(removed, key=lambda row: row.said["kind"])
    system = ada.role_grants.get().system_id
    assert [(row.by, row.about, row.where, row.said) for row in rows] == [
        (None, str(ada.pk), system, {"kind": kind}) for kind in ("recovery_codes", "totp")
    ]


def test_where_there_is_none_it_says_so(capsys):
    person = PersonFactory()
    with pytest.raises(CommandError, match="They have no second step set up"):
        call_command("end_second_step", person.email)
    assert not SecurityEvent.objects.exists()
