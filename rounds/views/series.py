"""The Rounds of one series, and a change of one of them with all that come after it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from rounds.access import facilitates, get_round_to_arrange, get_round_to_run, rounds_to_arrange
from rounds.actions import series as actions
from rounds.forms.change import RoundInHand
from rounds.forms.series import CHANGES, RestForm
from rounds_site.kit.formats import thousands
from rounds_site.kit.refusals import Refused
from rounds_site.kit.typed import forget, kept, preview_of, typed_again

# The same whether or not there is a panel, which has news of a move: administrators read this too.
WHO_HEARS = "No invitation has gone, so only people whom its facilitators prepare hear of it."


@require_safe
@login_required
def round_series(request, pk):
    now = timezone.now()
    round = _in_a_series(get_round_to_arrange(request.user, pk, now=now))
    rounds = rounds_to_arrange(request.user, now=now).filter(series=round.series_id).order_by("starts_at", "pk")
    context = {
        "round": round,
        "rule": round.series.rule,
        "rounds": rounds,
        "has_later": round.starts_at > now,
        "facilitates": facilitates(request.user, round),
    }
    return render(request, "rounds/round_series.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def round_series_change(request, pk, what):
    """The new values; then, since nothing is saved by that, which Rounds change; then it is done."""
    now = timezone.now()
    round = _in_a_series(get_round_to_arrange(request.user, pk, now=now))
    if what not in CHANGES:
        raise Http404
    if what == "team":
        round = _in_a_series(get_round_to_run(request.user, pk, now=now))
    typed = _opened(request.POST.get("typed", ""), round, what, request.user)
    sent = request.POST if request.method == "POST" else kept(request, "series", pk, what)
    data = typed_again(typed) if typed else sent
    form = CHANGES[what](data, draft=RoundInHand(round, person=request.user, now=now))
    if what == "team" and form.is_bound and form.is_looking:
        form.is_valid()
        form = form.looked_up()
    if not form.is_valid() or getattr(form, "asks_again", False):
        return render(request, "rounds/round_series_change.html", {"round": round, "form": form, "what": what})
    if request.method == "POST" and not typed:
        return preview_of(request, "series", pk, what)
    return _which(request, round, what, form, bool(typed), now)


def _which(request, round, what, form, is_answer, now):
    """The preview; where its answer has come, the change."""
    change = form.change
    lines = actions.preview(_later(round, request.user, now), change, by=request.user, now=now)
    typed = _closed(form, round, what, request.user)
    asked = RestForm(request.POST if is_answer else None, lines=lines, typed=typed)
    if asked.is_valid():
        try:
            actions.change_rest(rounds=asked.chosen, change=change, by=request.user, now=now)
        except Refused as refusal:
            asked.add_error(None, str(refusal))
        else:
            forget(request)
            number = len(asked.chosen)
            said = "One Round is" if number == 1 else f"{thousands(number)} Rounds are"
            messages.success(request, f"{said} changed. {WHO_HEARS}")
            return _after(request, round, now)
    staying = [line for line in lines if line.why_not]
    page = {"round": round, "form": asked, "values": form.in_words, "staying": staying, "what": what}
    return render(
        request, "rounds/round_series_preview.html", page | {"any": len(staying) < len(lines), "who_hears": WHO_HEARS}
    )


def _after(request, round, now):
    still = rounds_to_arrange(request.user, now=now).filter(pk=round.pk).exists()
    return redirect("round_series", round.pk) if still else redirect("organise")


def _in_a_series(round):
    if round.series_id is None:
        raise Http404
    return round


def _later(round, person, now):
    """This Round and those of its series that come after it, as far as they are ahead."""
    mine = rounds_to_arrange(person, now=now).filter(series=round.series_id)
    return list(mine.filter(starts_at__gte=round.starts_at, starts_at__gt=now).order_by("starts_at", "pk"))


def _closed(form, round, what, person):
    typed = {name: values for name, values in form.data.lists() if name not in ("csrfmiddlewaretoken", "typed")}
    return signing.dumps(typed, salt=_salt(round, what, person))


def _opened(token, round, what, person):
    """What was typed on the page before; None where this is not its answer."""
    try:
        return signing.loads(token, salt=_salt(round, what, person)) if token else None
    except signing.BadSignature:
        return None


def _salt(round, what, person):
    return f"series:{round.pk}:{what}:{person.pk}"
