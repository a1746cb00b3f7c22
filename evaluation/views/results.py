"""What came back from a Round, for its facilitators."""

from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from evaluation.actions import comments
from evaluation.disclosure import CLOSED_ANSWERS
from evaluation.forms.comments import EditOutForm
from evaluation.models import FeedbackBox
from evaluation.reports import round as reports
from evaluation.reports.half_years import HalfYear, closes_at
from evaluation.reports.review import comments_to_review
from evaluation.reports.small_rounds import small_rounds
from evaluation.states import PLACES, BoxState, Review, stays_open
from evaluation.views.figure.feedback import answered
from evaluation.views.figure.pieces import capital
from evaluation.views.figure.small_rounds import pool_figure
from rounds.access import get_round_to_run
from rounds_site.kit import charts
from rounds_site.kit.links import as_uuid, verb
from rounds_site.kit.refusals import Refused

FROM_THE_TOP = PLACES[5][::-1]


@login_required
@require_safe
def round_results(request, pk):
    round = get_round_to_run(request.user, pk, now=timezone.now())
    box = FeedbackBox.objects.select_related("questionnaire").filter(round=round).first()
    counted = box is not None and box.state == BoxState.COUNTED
    if counted:
        round.feedback_box = box
    results = reports.item_results(round) if counted else []
    written = comments_to_review(round, now=timezone.now()) if results else []
    as_counted, half_year = reports.counted_of(round), HalfYear.of_round(round)
    in_a_pool = counted and not results and bool(box.public_key) and not round.is_of_one_team
    context = {
        "round": round,
        "box": box,
        "counted": counted,
        "hours_open": stays_open(round) // timedelta(hours=1),
        "lost": box is not None and box.state == BoxState.LOST,
        "emptied": box is not None and box.state == BoxState.EMPTIED,
        "shown": bool(results),
        "closed_answers": CLOSED_ANSWERS,
        "left_out": reports.left_out(as_counted),
        "returned": reports.returned(round, as_counted) if results else "",
        "counted_too_late": in_a_pool and box.counted_at >= closes_at(half_year),
        "pool": _pool(round.system_id, half_year) if in_a_pool else None,
        "figures": [_figure(number, *each) for number, each in enumerate(_by_scale(results), start=1)],
        "comments": written,
        "published": any(comment.review == Review.SHOWN for comment in written),
        "withheld": as_counted.withheld if results else 0,
    }
    return render(request, "evaluation/round_results.html", context)


@verb("round_results", "pk")
def publish_comment(request, pk):
    round = get_round_to_run(request.user, pk, now=timezone.now())
    try:
        comments.publish(round=round, comment_id=_comment_id(request.POST))
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "The comment is published. You can still withhold it.")
    return redirect("round_results", pk=round.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withhold_comment(request, pk):
    """Asked once more, with the comment in sight: its words cannot be brought back."""
    round = get_round_to_run(request.user, pk, now=timezone.now())
    if request.method == "POST":
        comments.withhold(round=round, comment_id=_comment_id(request.POST))
        messages.success(request, "The comment is withheld, and its words are gone.")
        return redirect("round_results", pk=round.pk)
    asked = as_uuid(request.GET.get("comment"))
    comment = next((each for each in reports.comments(round) if each.pk == asked), None)
    if comment is None:
        return redirect("round_results", pk=round.pk)
    return render(request, "evaluation/withhold_comment.html", {"round": round, "comment": comment})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit_comment(request, pk):
    round = get_round_to_run(request.user, pk, now=timezone.now())
    if request.method == "POST":
        form = EditOutForm(request.POST)
        if form.is_valid() and _edited_out(round, form):
            messages.success(request, "Only what you left stays. The other words are gone.")
            return redirect("round_results", pk=round.pk)
        return render(request, "evaluation/edit_comment.html", {"round": round, "comment": None, "form": form})
    asked = as_uuid(request.GET.get("comment"))
    comment = next((each for each in comments_to_review(round, now=timezone.now()) if each.pk == asked), None)
    if comment is None:
        return redirect("round_results", pk=round.pk)
    form = EditOutForm(initial={"comment": comment.pk, "text": comment.text})
    return render(request, "evaluation/edit_comment.html", {"round": round, "comment": comment, "form": form})


def _edited_out(round, form):
    try:
        comments.edit_out(round=round, comment_id=form.cleaned_data["comment"], text=form.cleaned_data["text"])
    except Refused as refusal:
        form.add_error("text", str(refusal))
        return False
    return True


def _comment_id(typed):
    comment_id = as_uuid(typed.get("comment"))
    if comment_id is None:
        raise Http404
    return comment_id


def _pool(system_id, half_year):
    return pool_figure(small_rounds(system_id, half_year), half_year, now=timezone.now())


def _by_scale(results):
    """[(scale, its results)], in the order in which they were asked: answers in other words are a figure of their
    own."""
    found = {}
    for result in results:
        found.setdefault(result.item.answers, []).append(result)
    return found.items()


def _figure(number, scale, shown):
    answers = dict(scale.points)
    rows = [_row(result) for result in shown]
    drawn = any(each.share and each.share.parts for each in shown)  # where no bar is, the table says it all
    return {
        "id": f"answers-{number}",
        "kind": "distribution" if drawn else "",
        "sentence": _sentence(shown),
        "what": "Of every 100 answers to a question. The number of answers stands in the table." if drawn else "",
        "title": "How the answers are spread",
        "desc": "; ".join(_in_words(result) for result in shown),
        "wide": charts.distribution(rows),
        "narrow": charts.distribution(rows, width=charts.NARROW),
        "key": [answers.get(place, "") for place in FROM_THE_TOP],
        "table": {
            "caption": f"Who {scale.said}, question by question",
            "head": ["Question", "Answers", capital(scale.said)],
            "rows": [[result.item.text, *_cells(result)] for result in shown],
        },
        "beside": True,
    }


def _row(result):
    share = result.share
    label = result.item.short_name
    if share is None:
        return charts.Share(label, (0,), "Fewer than 8 answers")
    if share.parts is None:
        return charts.Share(label, (0,), share.favourable.capitalize())
    return charts.Share(label, tuple(share.parts.get(place, 0) for place in FROM_THE_TOP))


def _cells(result):
    return [result.share.n, result.share.favourable] if result.share else [None, None]


def _in_words(result):
    share = result.share
    return (
        f"{result.item.short_name}: {share.favourable} of {share.n}"
        if share
        else f"{result.item.short_name}: not shown"
    )


def _sentence(shown):
    if told := [(result.item, result.share) for result in shown if result.share]:
        return answered(told)
    rated = shown[0].item.is_rating_of_the_round
    return "How the Round was, all in all." if rated else "What people took from it."
