"""A system's settings: what it is called, how it looks, how it writes and how long it keeps names."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_safe

from members import logbook
from members.access import get_system_to_manage, get_upload
from members.actions import settings, uploads
from members.forms.imports import AcceptForm
from members.forms.settings import SettingsForm, facts_of
from members.models import Logo, SecurityEvent
from members.models.audit import Act
from members.roles import May
from rounds_site.kit.colours import HEX, carries_white, lighter
from rounds_site.kit.links import verb
from rounds_site.kit.refusals import Refused

KIND = "settings"
LATEST = 20
NOTHING = "There is nothing to save any more. Please say again what should change."
A_YEAR = 365 * 24 * 60 * 60


def _system(request, now):
    return get_system_to_manage(request.user, May.MANAGE_ORGANISATIONS, now=now)


def _logo_of(system):
    return Logo.objects.filter(system=system).defer("content").first()


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def manage_settings(request):
    """`?again` goes on with what was previewed, the picture with it."""
    now = timezone.now()
    system = _system(request, now)
    logo = _logo_of(system)
    waiting = get_upload(request.user, KIND, now=now) if "again" in request.GET else None
    if request.method == "POST":
        form = SettingsForm(request.POST, request.FILES, has_logo=bool(logo))
        if form.is_valid():
            content = form.cleaned_data["logo"] or (bytes(waiting.content) if waiting else b"")
            uploads.keep(by=request.user, kind=KIND, name=KIND, content=content, said=form.kept, now=now)
            return redirect("preview_settings")
    else:
        form = SettingsForm(initial=_initial(system, logo, waiting), has_logo=bool(logo))
    changed = SecurityEvent.objects.filter(act=Act.SETTINGS_CHANGED, where=system.pk).order_by("-at", "-pk")
    context = {
        "form": form,
        "system": system,
        "history": logbook.told(list(changed[:LATEST]), here=system),
        "waiting": waiting,
    }
    return render(request, "members/manage_settings.html", context)


def _initial(system, logo, waiting):
    standing = {name: getattr(system, name) for name in settings.FIELDS} | {"logo_says": logo.says if logo else ""}
    return standing | (waiting.said | facts_of(waiting.said) if waiting else {})


@login_required
@require_safe
def preview_settings(request):
    now = timezone.now()
    system = _system(request, now)
    waiting = get_upload(request.user, KIND, now=now)
    if waiting is None:
        messages.warning(request, NOTHING)
        return redirect("manage_settings")
    return _preview(request, system, waiting)


def _preview(request, system, waiting, refusal=""):
    """The page itself wears what it previews."""
    told = settings.changes(system, facts_of(waiting.said), **_picture(system, waiting))
    context = {
        "system": system,
        "rows": [(logbook.FIELDS[field].capitalize(), was, then) for field, was, then in told],
        "accept_form": AcceptForm(initial={"digest": settings.digest_of(told)}),
        "refusal": refusal,
        "preview": {
            "colour": waiting.said["colour"].removeprefix("#"),
            "has_logo": bool(waiting.content),
            "said": waiting.said,
        },
    }
    return render(request, "members/preview_settings.html", context)


def _picture(system, waiting):
    """Where no new picture waits, the words of the one that is there may still change."""
    says, content = waiting.said["logo_says"], bytes(waiting.content)
    if not content and waiting.said.get("removes_logo"):
        return {"removes_logo": True}
    standing = Logo.objects.filter(system=system).first()
    if not content and standing and says and says != standing.says:
        content = bytes(standing.content)
    return {"logo": (content, says) if content else None}


@verb("preview_settings")
def save_settings(request):
    now = timezone.now()
    system = _system(request, now)
    waiting = get_upload(request.user, KIND, now=now)
    if waiting is None:
        messages.warning(request, NOTHING)
        return redirect("manage_settings")
    try:
        settings.change(
            system=system,
            facts=facts_of(waiting.said),
            by=request.user,
            now=now,
            expected=request.POST.get("digest", ""),
            **_picture(system, waiting),
        )
    except Refused as refusal:
        system.refresh_from_db()
        return _preview(request, system, waiting, refusal=str(refusal))
    uploads.forget(upload=waiting)
    messages.success(request, "The settings are saved.")
    return redirect("manage_settings")


@login_required
@require_safe
def waiting_logo(request):
    """The picture that waits, for whoever chose it."""
    now = timezone.now()
    _system(request, now)
    waiting = get_upload(request.user, KIND, now=now)
    if waiting is None or not waiting.content:
        raise Http404
    return HttpResponse(bytes(waiting.content), content_type="image/png")


@require_safe
@cache_control(public=True, max_age=A_YEAR, immutable=True)
def look(request, colour):
    """The style sheet of one colour: the address says all of it, so it may be kept for ever."""
    colour = f"#{colour}"
    if not HEX.fullmatch(colour) or not carries_white(colour):
        raise Http404
    words = f":root{{--header:{colour};--header-line:{lighter(colour)}}}\n"
    return HttpResponse(words, content_type="text/css; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=A_YEAR, immutable=True)
def logo(request, digest):
    """By the digest of its bytes: another picture has another address."""
    picture = get_object_or_404(Logo, digest=digest)
    return HttpResponse(bytes(picture.content), content_type="image/png")
