"""What the address of a half-year is answered of which there is nothing."""

from functools import wraps

from django.shortcuts import render

from evaluation.reports.half_years import NoSuchHalfYear


def of_a_half_year(view):
    """A view of figures. Where there are none of the half-year that was asked for, it says so."""

    @wraps(view)
    def shown(request, *args, **kwargs):
        try:
            return view(request, *args, **kwargs)
        except NoSuchHalfYear:
            return render(request, "evaluation/no_half_year.html", status=404)

    return shown
