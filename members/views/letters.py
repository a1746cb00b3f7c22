"""Where somebody wants our letters, and what these may say."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from members import postbox
from members.actions import people
from members.forms.letters import LettersForm
from members.models.person import LettersTo
from members.reports.letters import not_reached

AWAITED = "letters_go_to_the_next_address"
ADD_IT = "Add the address here. Once you have entered the code that we send to it, letters about your places go there."


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def your_letters(request):
    person = request.user
    form = LettersForm(request.POST if request.method == "POST" else None, person=person)
    if request.method == "POST" and form.is_valid():
        return kept(request, form) or redirect("your_details")
    lost = person.letters_to == LettersTo.PERSONAL and not postbox.address_for_places(person)
    context = {"form": form, "lost": lost, "not_reached": not_reached(person)}
    return render(request, "members/your_letters.html", context)


def kept(request, form):
    """Save what a valid form says. Where an address is still to be added, the way there; else None."""
    people.choose_letters(person=request.user, now=timezone.now(), **form.said)
    if form.wants_another:
        request.session[AWAITED] = True
        messages.info(request, ADD_IT)
        return redirect("account_email")
    request.session.pop(AWAITED, None)
    messages.success(request, "We have noted where we may write.")
    return None


def use_awaited_address(sender, request, email_address, **said):
    """An address was proven. Where its owner was on the way to have letters there, they have them there from now on."""
    if email_address.user_id == request.user.pk and request.session.pop(AWAITED, None):
        wishes = {"letters_to": LettersTo.PERSONAL, "personal_email": email_address.email}
        people.choose_letters(person=request.user, now=timezone.now(), **wishes)


def follow_addresses(sender, request, user, **said):
    """Another address became their first one, or one of theirs is no longer here."""
    people.follow_letters(person=user, now=timezone.now())
