"""What this app holds about one person, in words for their own eyes. What they said in feedback nobody could show: the
box knows no person."""

from evaluation.models import Attendance, DoorLink, FirstRoundCounted, ReportFile
from members.registry import Held, Holding, holdings
from rounds_site.kit.formats import nhs_date
from rounds_site.kit.privacy import Kept


def attendances(person, now):
    came = Attendance.objects.filter(person=person).select_related("round").order_by("round__starts_at", "pk")
    return [Held("You came", _came(each), each) for each in came]


def _came(attendance):
    first = ", marked as your first Round" if attendance.first_round else ""
    return f"“{attendance.round.title}”, {nhs_date(attendance.round.starts_at)}{first}"


def first_round(person, now):
    """Not which Round it was: that is kept nowhere."""
    counted = FirstRoundCounted.objects.filter(person=person)
    return [Held("First Round", "counted, so that it is counted once", each) for each in counted]


def door_links(person, now):
    made = DoorLink.objects.filter(made_by=person).select_related("round").order_by("created_at")
    return [Held("Door link that you made", f"“{each.round.title}”, {nhs_date(each.round.starts_at)}") for each in made]


def report_files(person, now):
    asked = ReportFile.objects.filter(asked_by=person).defer("content").order_by("created_at")
    return [Held(each.get_kind_display(), f"asked for {nhs_date(each.created_at)}", each) for each in asked]


def register(*, attendances_erased):
    """Called once, when the app is ready, with what erases these from the actions above."""
    for holding in [
        Holding(
            *("attendances", "Rounds that you came to", Kept.ROUND_30, attendances),
            covers=("evaluation.Attendance.person",),
            erase=attendances_erased,
        ),
        Holding(
            *("first_round", "Your first Round", Kept.ACCOUNT, first_round),
            covers=("evaluation.FirstRoundCounted.person",),
        ),
        Holding(
            *("door_links", "Letting helpers in at the door", Kept.ROUND_30, door_links),
            covers=("evaluation.DoorLink.made_by",),
        ),
        Holding(
            *("report_files", "Reports that you asked for as files", Kept.REPORT, report_files),
            covers=("evaluation.ReportFile.asked_by",),
        ),
    ]:
        holdings.register(holding)
