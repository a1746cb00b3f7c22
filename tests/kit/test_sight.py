"""Whose sight a page is in, and that a page which forgot it is found on every engine."""

import io

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from rounds.models import Booking
from rounds_site.kit.sight import in_own_sight, said
from tests.factories.members import PersonFactory
from tests.row_security import BlindRead, refuse_blind

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of():
    def made(person):
        request = RequestFactory().get("/")
        request.user = person
        return request

    return made


def test_a_page_is_in_the_sight_of_whoever_is_signed_in(request_of):
    ben = PersonFactory()
    answer = in_own_sight(lambda request: HttpResponse(said()["person"]))(request_of(ben))
    assert answer.text == str(ben.pk)
    assert said() is None


def test_of_nobody_nothing_is_said(request_of):
    page = in_own_sight(lambda request: HttpResponse(str(said())))
    assert page(request_of(AnonymousUser())).text == "None"
    assert page(RequestFactory().get("/feedback/")).text == "None"


def test_it_ends_where_a_page_breaks_off(request_of):
    def gone(request):
        raise Http404

    with pytest.raises(Http404):
        in_own_sight(gone)(request_of(PersonFactory()))
    assert said() is None


def test_nothing_streams_past_its_end(request_of):
    with pytest.raises(RuntimeError):
        in_own_sight(lambda request: StreamingHttpResponse([]))(request_of(PersonFactory()))


def test_a_file_that_is_written_already_may_be_handed_over_when_it_has_ended(request_of):
    answer = in_own_sight(lambda request: FileResponse(io.BytesIO(b"told")))(request_of(PersonFactory()))
    assert b"".join(answer) == b"told"


def test_a_page_that_forgot_its_sight_is_found(request_of):
    def forgetful(request):
        return HttpResponse(Booking.objects.count())

    with connection.execute_wrapper(refuse_blind):
        with pytest.raises(BlindRead):
            forgetful(request_of(PersonFactory()))
        assert in_own_sight(forgetful)(request_of(PersonFactory())).text == "0"
