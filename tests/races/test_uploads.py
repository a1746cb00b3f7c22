"""A button pressed many times."""

import pytest
from django.utils import timezone

from members.actions import uploads
from members.models import Upload
from tests.factories.members import PersonFactory

from .together import together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_one_file_waits_however_often_the_button_is_pressed():
    ada, now = PersonFactory(), timezone.now()
    kept = together(16, lambda n: uploads.keep(by=ada, kind="staff", name=f"{n}.csv", content=b"a", now=now))
    assert len({each.pk for each in kept}) == 16
    assert Upload.objects.get().person == ada
