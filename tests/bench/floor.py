"""The floor of a booking: a view that locks the Round, counts its places and writes the row of whoever asks. And that
of a page: a view that reads one row and says it in one line.

They have no session, door, form, log, letter or reminder. That of a page stands behind the portal's middleware, as all
that this process serves; and once more without, as that of a booking.
"""

from functools import cache

from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from django.db.models import Max
from django.http import HttpResponse
from django.template import engines
from django.urls import path
from django.utils import timezone

from members.models import System
from rounds.models import Booking, Round
from rounds.states import BookingState, Way
from rounds_site.kit.acting import on_round
from rounds_site.kit.sight import frame

ADDRESS = "/bare-booking/"
PAGE = "/bare-page/"
WITHOUT_MIDDLEWARE = "/bare-page-without-middleware/"


def book(request):
    now = timezone.now()
    with frame(transaction.atomic()):
        round = Round.objects.select_for_update().get(pk=request.POST["round"])
        on_round(round.pk)
        taken = round.bookings.with_a_place().count()
        last = round.bookings.aggregate(last=Max("queue_number"))["last"] or 0
        state = BookingState.PLACE if taken < round.places else BookingState.WAITING
        said = {"person_id": request.POST["person"], "way": Way.IN_PERSON, "state": state}
        Booking.objects.create(round=round, queue_number=last + 1, changed_at=now, **said)
    return HttpResponse(state, headers={"Content-Length": len(state)})


def page(request):
    return HttpResponse(one_line().render({"system": System.objects.order_by("pk").first()}))


@cache
def one_line():
    return engines["django"].from_string("<p>{{ system.name }}</p>\n")


urlpatterns = [
    path(ADDRESS.lstrip("/"), book),
    path(PAGE.lstrip("/"), page),
    path(WITHOUT_MIDDLEWARE.lstrip("/"), page),
]


class BehindTheMiddleware(WSGIHandler):
    def get_response(self, request):
        request.urlconf = __name__
        return super().get_response(request)


class Bare(BehindTheMiddleware):
    _view_middleware = _template_response_middleware = _exception_middleware = ()

    def load_middleware(self, is_async=False):
        self._middleware_chain = convert_exception_to_response(self._get_response)


bare = Bare()
APPLICATIONS = {ADDRESS: bare, PAGE: BehindTheMiddleware(), WITHOUT_MIDDLEWARE: bare}
