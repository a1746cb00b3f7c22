"""What is done at the door, by the team or on a device that a link has let in: look for a name, tick in, add, undo."""

import uuid
from functools import wraps

from django.contrib import messages
from django.core.cache import caches
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from evaluation.actions import attendance
from evaluation.forms.day import HeadcountForm, WalkInForm
from evaluation.models import Attendance
from evaluation.reports.door import Door, bearer_of, booked, door_of
from rounds.codes import plain
from rounds.states import RoundState
from rounds_site.kit.links import as_uuid
from rounds_site.kit.refusals import Refused

NOBODY = Door([], [], 0, 0)
# The addresses that the page posts to: {name in the template: route of the team}.
VERBS = ("tick_in", "tick_in_by_code", "undo_tick", "add_walk_in", "remove_walk_in", "mark_first_round")


# What the script of the page accepts (static/js/door.js).
NO_PAGE = "application/json"
# A page at the door sends again what it got no answer to, as soon as there is a connection.
SENT_AGAIN_WITHIN = 12 * 60 * 60


def once(verb):
    """What is sent again because its answer was lost is done once: else a tick would come back that another device has
    undone meanwhile. Each tap has a random name, which says neither who nor what; it stands where no database learns
    of it, as it would say when people came."""

    @wraps(verb)
    def done(at):
        name = as_uuid(at.request.POST.get("tap"))
        seen, taps = f"tap:{at.round.pk}:{name}", caches["clock"]
        if name and taps.get(seen):
            return at.answer_again()
        answer = verb(at)
        if name:
            taps.set(seen, True, SENT_AGAIN_WITHIN)
        return answer

    return done


class CheckIn:
    """One request at the door of one Round. Who may come there has been asked before this is made.

    A subclass says where its pages are (`address`), what is noted when the list opens, and what else its page has.
    """

    template = "evaluation/round_door.html"
    facilitates = False

    def __init__(self, request, round, now):
        self.request, self.round, self.now = request, round, now

    def address(self, name):
        raise NotImplementedError

    def list_opens(self):
        """Called before names are shown."""

    def more(self):
        return {}

    # --- What is done -----------------------------------------------------------------------------

    @once
    def tick_in(self):
        """Who is ticked in has agreed to the ground rules: the page says so, and asks to ask. Who has given their place
        back since the list was opened gets here too, for the action to say so."""
        person = as_uuid(self.request.POST.get("person"))
        try:
            new = attendance.tick_in(round=self.round, person=person, now=self.now)
        except attendance.NotOnTheList:
            raise Http404 from None
        except Refused as refusal:
            messages.warning(self.request, str(refusal))
            return self.back_to_the_list(person)
        if new:
            return self.as_shown(person)
        messages.info(self.request, "Already in.")
        return self.back_to_the_list(person)

    @once
    def tick_in_by_code(self):
        """The code that somebody shows on their phone. The script learns whose row it is, and says the name itself; in
        a message the name would be written into the session."""
        code = plain(self.request.POST.get("code", ""))
        if not code:
            messages.warning(self.request, "Enter the code that they show, or look for the name instead.")
            return self.back_to_the_list("list")
        person = bearer_of(self.round, code)
        try:
            new = person and attendance.tick_in(round=self.round, person=person, now=self.now)
        except Refused as refusal:
            messages.warning(self.request, str(refusal))
            return self.back_to_the_list("list")
        if person and self.wants_no_page:
            return self.whose_row(person)
        if not person:
            messages.warning(self.request, "No place at this Round has that code. Look for the name instead.")
            return self.back_to_the_list("list")
        messages.info(self.request, "Ticked in." if new else "Already in.")
        return self.back_to_the_list(person)

    def whose_row(self, person):
        return JsonResponse({"person": person})

    def answer_again(self):
        """To a tap that was done already. A script that sent a code again has not heard yet whose it is."""
        code = self.request.POST.get("code")
        person = bearer_of(self.round, code) if code else None
        return self.whose_row(person) if person and self.wants_no_page else self.back_to_the_list("list")

    @once
    def undo_tick(self):
        """Also for somebody who has given their place back since."""
        booking = booked(self.round, as_uuid(self.request.POST.get("person")))
        if booking is None:
            raise Http404
        return self._done(booking.person_id, attendance.undo_tick, person=booking.person)

    @once
    def add_walk_in(self):
        form = WalkInForm(self.request.POST, round=self.round, action=self.address("add_walk_in"))
        if not form.is_valid():
            return self.page(walk_in=form)
        said = {name: form.cleaned_data[name] for name in ("key", "name", "organisation", "staff_group", "first_round")}
        return self._done(said["key"], attendance.add_walk_in, shown=False, **said)

    @once
    def remove_walk_in(self):
        found = self._ticked()
        if found is None:
            return self._taken_back()
        return self._done("list", attendance.remove_walk_in, shown=False, key=found.pk)

    @once
    def mark_first_round(self):
        found = self._ticked()
        if found is None:
            return self._taken_back()
        first = self.request.POST.get("first") == "yes"
        return self._done(found.person_id or found.pk, attendance.mark_first_round, key=found.pk, first=first)

    def _ticked(self):
        """The attendance that was tapped, None where it was taken back meanwhile; 404 for one of another Round. Whoever
        was ticked in without a connection is known by their own key, as nobody has heard that of the attendance yet."""
        key, person = (as_uuid(self.request.POST.get(name)) for name in ("attendance", "person"))
        if key is None and person is None:
            raise Http404
        wanted = {"round": self.round, "person": person} if person else {"pk": key}
        found = Attendance.objects.filter(**wanted).first()
        if found and found.round_id != self.round.pk:
            raise Http404
        return found

    def _taken_back(self):
        messages.info(self.request, "They are not ticked in any more: somebody took that back.")
        return self.back_to_the_list("list")

    def _done(self, where, action, *, shown=True, **said):
        """`shown` is false where the list gains or loses a row, which only the server can draw."""
        try:
            action(round=self.round, now=self.now, **said)
        except Refused as refusal:
            messages.warning(self.request, str(refusal))
            return self.back_to_the_list(where)
        return self.as_shown(where) if shown else self.back_to_the_list(where)

    def as_shown(self, where):
        """It was done. The page's script, which says that it wants no page, has shown it already; all else that it may
        hear leads to the list."""
        return HttpResponse(status=204) if self.wants_no_page else self.back_to_the_list(where)

    @property
    def wants_no_page(self):
        return self.request.headers.get("Accept") == NO_PAGE

    def back_to_the_list(self, where):
        """Of everyone: whoever is next is looked for anew."""
        return redirect(f"{self.address('round_door')}#at-{where}")

    # --- The page ---------------------------------------------------------------------------------

    def page(self, *, headcount=None, walk_in=None):
        round, now = self.round, self.now
        register = getattr(round, "register", None)
        closed = round.state == RoundState.CLOSED or bool(register and register.closed_at)
        search = " ".join(self.request.POST.get("look_for", "").split())[:100]
        door = NOBODY
        if not closed and now < round.kept_until:
            self.list_opens()
            door = door_of(round, now=now)
        headcount = headcount or HeadcountForm(round=round, now=now)
        context = {
            "round": round,
            "register": register,
            "closed": closed,
            "today": timezone.localdate(now) == timezone.localdate(round.starts_at) or now >= round.starts_at,
            "begun": now >= round.starts_at,
            "heads": door.heads,
            "in_room": door.in_room,
            "room_takes": round.venue and round.venue.room_limit,
            "guests": [guest for guest in door.on_the_list if guest.has_words(search)],
            "walk_ins": [guest for guest in door.walk_ins if guest.has_words(search)],
            "on_the_list": len(door.on_the_list),
            "beside": len(door.walk_ins),
            "search": search,
            "form": walk_in or headcount,
            "headcount_form": headcount,
            "walk_in_form": walk_in
            or WalkInForm(round=round, action=self.address("add_walk_in"), initial={"key": uuid.uuid4()}),
            "facilitates": self.facilitates,
            "at": {name: self.address(name) for name in ("round_door", *VERBS)},
        }
        response = render(self.request, self.template, context | self.more())
        # The list alone may use the camera, to read codes.
        response.permits = {"camera"}
        return response
