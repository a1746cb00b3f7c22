"""A letter inside a page: in a frame, at an address of its own, where it may bring its style and nothing else."""

from functools import wraps

from csp.decorators import csp, csp_update
from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin

# No script, no form, no picture from elsewhere. Its links lead on where somebody presses them.
LETTER_MAY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["data:"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-top-navigation-by-user-activation"],
}

# The page around it.
with_letters = csp_update({"frame-src": ["'self'"]})


def letter(view):
    """A view that gives the HTML of a letter."""

    @never_cache
    @xframe_options_sameorigin
    @csp(LETTER_MAY)
    @wraps(view)
    def framed(*args, **kwargs):
        return HttpResponse(f'<base target="_top">{view(*args, **kwargs)}')

    return framed
