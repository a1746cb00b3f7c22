"""The list at the door as the team of a Round opens it, the link for another device, and the end of the register."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from evaluation import access
from evaluation.actions import attendance, door_links
from evaluation.forms.day import HeadcountForm
from evaluation.models import DoorLink
from evaluation.reports.door import headcount_due
from members.models.audit import Opened
from rounds.actions import openings
from rounds_site.kit.links import absolute_url, sign, verb
from rounds_site.kit.refusals import Refused

from .checking_in import CheckIn


class OfTheTeam(CheckIn):
    """Its facilitators also make the link for another device, and close the register."""

    def __init__(self, request, pk):
        now = timezone.now()
        round = access.get_round_at_the_door(request.user, pk, now=now)
        super().__init__(request, round, now)
        self.facilitates = round.they_facilitate

    def address(self, name):
        return reverse(name, args=[self.round.pk])

    def list_opens(self):
        openings.opened(Opened.REGISTER, round=self.round, by=self.request.user, now=self.now)

    def more(self):
        link = self._link_address() if self.facilitates else ""
        return {"link": link, "headcount_due": headcount_due(self.round, self.now)}

    def _link_address(self):
        link = DoorLink.objects.open(self.now).filter(round=self.round).first()
        return absolute_url("door_link", sign(link.pk, purpose=access.DOOR)) if link else ""


def of_facilitators(request, pk):
    at = OfTheTeam(request, pk)
    if not at.facilitates:
        raise PermissionDenied
    return at


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def round_door(request, pk):
    """A POST looks for names: in an address they would stay in the history of a shared tablet."""
    return OfTheTeam(request, pk).page()


@verb("round_door", "pk")
def tick_in(request, pk):
    return OfTheTeam(request, pk).tick_in()


@verb("round_door", "pk")
def tick_in_by_code(request, pk):
    return OfTheTeam(request, pk).tick_in_by_code()


@verb("round_door", "pk")
def undo_tick(request, pk):
    return OfTheTeam(request, pk).undo_tick()


@verb("round_door", "pk")
def add_walk_in(request, pk):
    return OfTheTeam(request, pk).add_walk_in()


@verb("round_door", "pk")
def remove_walk_in(request, pk):
    return OfTheTeam(request, pk).remove_walk_in()


@verb("round_door", "pk")
def mark_first_round(request, pk):
    return OfTheTeam(request, pk).mark_first_round()


@verb("round_door", "pk")
def make_door_link(request, pk):
    at = of_facilitators(request, pk)
    try:
        door_links.make(round=at.round, by=request.user, now=at.now)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect(at.address("round_door") + "#another-device")


@verb("round_door", "pk")
def end_door_link(request, pk):
    at = of_facilitators(request, pk)
    door_links.end(round=at.round, by=request.user, now=at.now)
    messages.success(request, "The link works no more. Devices that had opened it are out.")
    return redirect("round_door", pk=pk)


@verb("round_door", "pk")
def close_register(request, pk):
    """The headcount is entered once, so a number that surprises is asked about before it stands."""
    at = of_facilitators(request, pk)
    form = HeadcountForm(request.POST, round=at.round, now=at.now)
    if form.is_valid():
        try:
            attendance.close_register(round=at.round, headcount=form.cleaned_data["headcount"], now=at.now)
        except Refused as refusal:
            form.add_error("headcount", str(refusal))
        else:
            messages.success(request, "The register is closed.")
            return redirect("round_workspace", pk=pk)
    return at.page(headcount=form)
