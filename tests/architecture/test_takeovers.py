"""No file that somebody hands in makes a partner of another system theirs."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from members.actions.ods import COLUMNS
from members.models import Organisation, SystemEdge
from tests.architecture.asking import client_of
from tests.architecture.expected import FAR, MANAGES_SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "box"])


def as_it_stands(code):
    facts = Organisation.objects.values_list("name", "sector", "postcode").get(code=code)
    return facts, sorted(SystemEdge.objects.filter(organisation__code=code).values_list("system__code", "ends_on"))


@pytest.mark.parametrize("asker", sorted(MANAGES_SYSTEM))
def test_a_list_with_the_code_of_anothers_partner_takes_nothing_over(asker, realm):
    far, icb = ("XAC", "QXW") if asker in FAR else ("XCE", "QXV")
    before, client = as_it_stands(far), client_of(realm.askers[asker])
    line = f"{far},Mine Now,nhs_trust,{icb},North,ZZ1 1ZZ"
    file = SimpleUploadedFile("partners.csv", f"{','.join(COLUMNS)}\n{line}\n".encode())
    assert client.post(reverse("manage_import_organisations"), {"file": file}).status_code == 302
    page = client.get(reverse("preview_organisations")).content.decode()
    digest = re.search(r'name="digest" value="(\w+)"', page)
    client.post(reverse("accept_organisations"), {"digest": digest[1] if digest else ""})
    assert as_it_stands(far) == before
    assert client.get(reverse("manage_organisation", args=[far])).status_code == 404
    assert "Looked after by others, and left alone" in page
