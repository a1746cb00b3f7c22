"""Several workers seal the security log at once, while acts go on."""

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from members.actions import chain
from members.actions.audit import record
from members.models import HeadExport, SecurityEvent
from members.models.audit import Act

from .test_box import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def act(n):
    with transaction.atomic():
        record(Act.ROLE_GIVEN, by=None, now=timezone.now(), about=str(n))


def test_many_sealers_at_once_seal_each_row_once(settings, tmp_path):
    settings.AUDIT_HEADS_DIR = tmp_path
    together(80, lambda n: chain.seal_all() if n % 4 == 0 else act(n))
    chain.seal_all()
    assert list(SecurityEvent.objects.sealed().values_list("number", flat=True)) == list(range(1, 61))
    call_command("verify_audit")


def test_many_workers_export_one_head_a_day(settings, tmp_path):
    settings.AUDIT_HEADS_DIR = tmp_path
    act(1)
    chain.seal_all()
    now = timezone.now()
    together(8, lambda n: chain.export_head(now=now))
    assert HeadExport.objects.count() == 1
    assert len((tmp_path / chain.HEADS).read_text().splitlines()) == 1
