"""A device that a door link has let in to the check-in of one Round: nobody is signed in on it, and no other page knows
it. It cannot close the register."""

from functools import wraps

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST

from evaluation import access
from evaluation.actions import door_links
from rounds_site.kit.sight import at_the_door

from .checking_in import CheckIn

not_kept = cache_control(no_store=True, private=True)


def thanks_when_closed(view):
    @wraps(view)
    def answered(request, **arguments):
        try:
            return view(request, **arguments)
        except access.RegisterClosed:
            return render(request, "evaluation/device_closed.html", {"nobody_signs_in": True})

    return answered


@not_kept
@require_http_methods(["GET", "HEAD", "POST"])
@thanks_when_closed
def door_link(request, token):
    """A GET only shows the button: machines open the addresses in letters and chats. The button lets the device in."""
    now = timezone.now()
    link = access.get_door_link(token, now=now)
    if request.method != "POST":
        return render(request, "evaluation/door_link.html", {"round": link.round, "nobody_signs_in": True})
    if not request.user.is_authenticated:
        request.session.cycle_key()
    request.session[access.DOOR] = str(link.pk)
    door_links.opened(link=link, now=now)
    return redirect("device_door")


class OnDevice(CheckIn):
    template = "evaluation/device_door.html"

    def address(self, name):
        return reverse(f"device_{name.removeprefix('round_')}")

    def more(self):
        return {"nobody_signs_in": True}


def of_device(view):
    """Asked anew with each tap: a link that was withdrawn, or whose register is closed, opens nothing any more."""

    @not_kept
    @thanks_when_closed
    @wraps(view)
    def answered(request):
        now = timezone.now()
        round = access.get_link_of_device(request, now=now).round
        with at_the_door(round):
            return view(OnDevice(request, round, now))

    return answered


@require_http_methods(["GET", "HEAD", "POST"])
@of_device
def device_door(at):
    return at.page()


@require_POST
@of_device
def device_tick_in(at):
    return at.tick_in()


@require_POST
@of_device
def device_tick_in_by_code(at):
    return at.tick_in_by_code()


@require_POST
@of_device
def device_undo_tick(at):
    return at.undo_tick()


@require_POST
@of_device
def device_add_walk_in(at):
    return at.add_walk_in()


@require_POST
@of_device
def device_remove_walk_in(at):
    return at.remove_walk_in()


@require_POST
@of_device
def device_mark_first_round(at):
    return at.mark_first_round()


@not_kept
@require_POST
def device_leave(request):
    """Whoever gives the device back leaves no list open on it."""
    request.session.pop(access.DOOR, None)
    return render(request, "evaluation/device_left.html", {"nobody_signs_in": True})
