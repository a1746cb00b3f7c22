"""The two logs, for the information-governance lead alone."""

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from members import logbook
from members.access import get_scope_to_look_after, logs_to_read
from members.actions import audit
from members.exports import csv_answer
from rounds_site.kit.links import verb
from rounds_site.kit.sight import in_own_sight
from rounds_site.kit.stretches import stretch


@in_own_sight
@require_safe
@login_required
def manage_audit(request):
    now = timezone.now()
    chosen = logbook.Chosen.read(request.GET)
    seen = logs_to_read(request.user, moment=chosen.moment, now=now)
    found = stretch(chosen.rows(seen), request)
    context = {
        "chosen": chosen,
        "logs": [(key, words, key == chosen.log) for key, words in logbook.LOGS.items()],
        "kinds": logbook.kinds(chosen.log).items(),
        "months": logbook.months(now),
        "rows": logbook.told(found, here=get_scope_to_look_after(request.user, now=now)),
        "found": found,
        "query": urlencode({"log": chosen.log, "kind": chosen.kind, "month": chosen.month_key}) + "&",
        "chain": logbook.state_of_chain(now),
    }
    return render(request, "members/manage_audit.html", context)


@in_own_sight
@verb("manage_audit")
def manage_audit_file(request):
    """The log as a file. On a POST, since taking it is an act that stands in the log itself."""
    now = timezone.now()
    chosen = logbook.Chosen.read(request.POST)
    seen = logs_to_read(request.user, moment=chosen.moment, now=now)
    rows = chosen.rows(seen)
    # Before the act itself is a row of the log.
    answer = csv_answer(name=f"{chosen.log}-log", head=logbook.HEAD, rows=logbook.lines_of(rows))
    audit.downloaded(
        what=f"the {chosen.log} log",
        by=request.user,
        now=now,
        where=get_scope_to_look_after(request.user, now=now),
        kind=chosen.kind,
        month=chosen.month_key,
        rows=rows.count(),
    )
    return answer
