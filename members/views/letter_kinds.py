"""What each letter says: who gets it, when not, and how it looks about a Round that does not exist."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members.access import may_anywhere, systems_where
from members.emails import rendered
from members.models import System
from members.registry import letters
from members.roles import May
from rounds_site.kit import framing


@login_required
@require_safe
def manage_letter_kinds(request):
    _system(request)
    many = [letter for letter in letters if letter.lane_rank]
    personal = [letter for letter in letters if not letter.lane_rank]
    return render(request, "members/manage_letter_kinds.html", {"lanes": [("To many", many), ("Personal", personal)]})


@login_required
@require_safe
@framing.with_letters
def manage_letter_kind(request, kind):
    system = _system(request)
    letter = _letter(kind)
    samples = [
        {"number": number, "words": words, "subject": subject, "text": text}
        for number, (words, (subject, text, _)) in enumerate(_rendered(letter, system))
    ]
    return render(request, "members/manage_letter_kind.html", {"letter": letter, "samples": samples, "system": system})


@login_required
@require_safe
@framing.letter
def letter_sample(request, kind, number):
    system = _system(request)
    samples = _rendered(_letter(kind), system)
    if number >= len(samples):
        raise Http404
    _, (_, _, html) = samples[number]
    return html


def _system(request):
    """As whose letters they are shown."""
    now = timezone.now()
    if not may_anywhere(request.user, May.MANAGE_ORGANISATIONS, now=now):
        raise PermissionDenied
    return systems_where(request.user, May.MANAGE_ORGANISATIONS, now=now).first() or System.objects.of_this_portal()


def _letter(kind):
    if kind not in letters:
        raise Http404
    return letters[kind]


def _rendered(letter, system):
    """[(words for it, (subject, text, HTML))]"""
    samples = letter.told.samples(system).items()
    return [(words, rendered(facts.template or letter.template, facts)) for words, facts in samples]
