"""The pages of a demo: be anyone, and read everybody's letters. They are routed where DEMO is set and nowhere else."""

from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth import login
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from members.current import note_second_step
from members.models import Person
from rounds_site.demo import mailbox
from rounds_site.demo.data import cast
from rounds_site.kit import framing

LETTERS_A_PAGE = 25
SIGNED_IN_BY = "members.adapter.SignedIn"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def demo(request):
    """Sign in as one of the cast. Nobody else can be signed in as here, whatever stands in the database."""
    parts = [each for each in cast().values() if "heading" in each]
    if request.method != "POST":
        here = set(Person.objects.filter(email__in=[each["email"] for each in parts]).values_list("email", flat=True))
        return render(request, "demo/demo.html", {"parts": [each for each in parts if each["email"] in here]})
    chosen = next((each for each in parts if each["key"] == request.POST.get("be")), None)
    person = chosen and Person.objects.filter(email=chosen["email"], is_active=True).first()
    if not person:
        raise Http404
    login(request, person, backend=SIGNED_IN_BY)
    # One press and no second step, which the page says: this view is routed in a demo and nowhere else.
    note_second_step(request, person)
    messages.info(request, f"You are {person} now.")
    return redirect(first_page(chosen))


def first_page(part):
    """Whoever begins with their letters sees no others."""
    page = part.get("begins_at", "home")
    return f"{reverse(page)}?{urlencode({'to': part['email']})}" if page == "demo_mail" else reverse(page)


@never_cache
@require_safe
def demo_mail(request):
    words = request.GET.get("to", "").strip()
    names = mailbox.names_to(words) if words else mailbox.names()
    page = Paginator(names, LETTERS_A_PAGE).get_page(request.GET.get("page"))
    letters = [(mailbox.heading(name), mailbox.gist(mailbox.letter(name))) for name in page]
    query = f"{urlencode({'to': words})}&" if words else ""
    context = {"letters": letters, "page": page, "words": words, "query": query}
    return render(request, "demo/demo_mail.html", context)


@never_cache
@require_safe
@framing.with_letters
def demo_letter(request, name):
    message = letter_or_404(name)
    return render(
        request,
        "demo/demo_letter.html",
        {
            "letter": mailbox.heading(name),
            "sender": str(message["From"] or ""),
            "has_html": bool(message.get_body(preferencelist=("html",))),
            "text": mailbox.words_of(message, "plain"),
            "enclosures": mailbox.enclosures(message),
        },
    )


@require_safe
@framing.letter
def demo_letter_html(request, name):
    """The letter as its reader sees it."""
    html = mailbox.words_of(letter_or_404(name), "html")
    if not html:
        raise Http404
    return html


@never_cache
@require_safe
def demo_letter_enclosure(request, name, number):
    for each in mailbox.enclosures(letter_or_404(name)):
        if each.number == number:
            disposition = {"Content-Disposition": f'attachment; filename="{safe_filename(each.filename)}"'}
            return HttpResponse(each.content, content_type=each.content_type, headers=disposition)
    raise Http404


def letter_or_404(name):
    message = mailbox.letter(name)
    if message is None:
        raise Http404
    return message


def safe_filename(name):
    return "".join(each for each in name if each.isalnum() or each in "-_. ")
