"""How the letters of a system do, and what a person decides: uncertain ones, the pace, addresses to leave in peace."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import get_system_to_manage, letters_of
from members.actions import outbox, suppressions
from members.forms.outbox import STOP, AddressForm
from members.models import System
from members.models.delivery import DeliveryState
from members.reports import letters as reports
from members.roles import May
from rounds_site.kit.formats import thousands
from rounds_site.kit.links import verb

AGAIN = "again"
SAID_ALREADY = "Somebody has said so already, or the answer came after all. Nothing was done."
PACE = {"personal": reports.PERSONAL, "many": reports.BULK}


@login_required
@require_safe
def manage_letters(request):
    return _page(request, timezone.now(), AddressForm())


def _page(request, now, form):
    system = _system(request, now)
    systems = list(System.objects.with_successors())
    found = letters_of(system, systems)
    context = {
        "system": system,
        "lanes": reports.lanes(found, system=system, systems=systems, now=now),
        "table": reports.table(found, system=system, now=now),
        "groups": reports.uncertain(found),
        "unwritten": reports.unwritten(system, now=now),
        "form": form,
    }
    return render(request, "members/manage_letters.html", context)


def _system(request, now):
    return get_system_to_manage(request.user, May.LOOK_AFTER_LETTERS, now=now)


@verb("manage_letters")
def settle_letter(request, pk):
    now = timezone.now()
    system = _system(request, now)
    found = letters_of(system).filter(pk=pk, state=DeliveryState.UNCERTAIN)
    if not found.exists():
        raise Http404
    return _settle(request, found, system, now)


@verb("manage_letters")
def settle_letters(request):
    """All of one kind together."""
    now = timezone.now()
    system = _system(request, now)
    return _settle(request, letters_of(system).filter(kind=request.POST.get("kind", "")[:40]), system, now)


def _settle(request, found, system, now):
    whose = {"by": request.user, "system": system, "now": now}
    if request.POST.get("choice") == AGAIN:
        number = outbox.send_again(found, **whose)
        done = _goes_again(number)
    else:
        number = outbox.leave(found, **whose)
        done = _is_left(number)
    if number:
        messages.success(request, done)
    else:
        messages.info(request, SAID_ALREADY)
    return redirect("manage_letters")


def _goes_again(number):
    if number == 1:
        return "1 letter goes again in the next minutes, if it would still say the same."
    return f"{thousands(number)} letters go again in the next minutes, those that would still say the same."


def _is_left(number):
    letters = "1 letter is left as it is." if number == 1 else f"{thousands(number)} letters are left as they are."
    return f"{letters} Nobody is written to."


@verb("manage_letters")
def set_pace(request):
    """Hold back letters to many, let them go on, or end the pause of a lane that stands still by itself."""
    now = timezone.now()
    whose = {"by": request.user, "system": _system(request, now), "now": now}
    if "hold" in request.POST:
        outbox.hold(**whose)
        messages.success(request, "Letters to many wait now, until you let them go on. Letters about a place still go.")
    elif "let_go" in request.POST:
        outbox.let_go(**whose)
        messages.success(request, "Letters to many go on.")
    elif (lane := request.POST.get("end_pause")) in PACE:
        outbox.end_pause(PACE[lane], **whose)
        messages.success(request, "Letters go on.")
    return redirect("manage_letters")


@verb("manage_letters")
def set_address(request):
    """The answer is the same whether or not anything stopped letters there: it does not tell whom we know."""
    now = timezone.now()
    whose = {"by": request.user, "system": _system(request, now), "now": now}
    form = AddressForm(request.POST)
    if not form.is_valid():
        return _page(request, now, form)
    if STOP in request.POST:
        suppressions.stop(form.cleaned_data["address"], **whose)
        messages.success(request, "No letter goes to that address any more. Codes for signing in still do.")
    else:
        suppressions.end(form.cleaned_data["address"], **whose)
        messages.success(request, "Letters go to that address, if there are any.")
    return redirect("manage_letters")
