"""What was typed before a preview stays in the session, so that the preview has an address of its own: whoever goes
back to it in the browser finds it again. As the answer to a POST it would be the browser's own page of errors, since
nothing of ours stays in its cache."""

from django.http import QueryDict
from django.shortcuts import redirect

KEPT = "typed"


def preview_of(request, *of):
    """Leads to the preview of what was just typed. `of`: what it changes; only the last one is kept."""
    typed = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    request.session[KEPT] = {"of": _named(of), "typed": typed}
    return redirect(f"{request.path}?preview")


def kept(request, *of):
    """What the preview in the address shows; None where it names none, or that one is over."""
    found = request.session.get(KEPT)
    asked = "preview" in request.GET and found and found["of"] == _named(of)
    return typed_again(found["typed"]) if asked else None


def forget(request):
    """What was previewed is done."""
    request.session.pop(KEPT, None)


def typed_again(answers):
    """What a browser sent, from {name: [value, …]}."""
    data = QueryDict(mutable=True)
    for name, values in answers.items():
        data.setlist(name, values)
    return data


def _named(of):
    return [str(each) for each in of]
