"""What becomes of somebody's ticks at the door when their account is erased.

Once a Round stands in the tallies nothing needs the row, and it goes: the headcount was entered as a number. Until then
a nameless row takes its place, so that the ticks of the register stay as many as people were there. It has a key of its
own and says neither where nor as what they work, so the half-year's figure of their sector has one person fewer.
"""

from evaluation.models import Attendance, Folded, Register
from rounds_site.kit.acting import acting, for_person, on_round


@acting
def forget_attendances(person, now):
    for_person(person.pk)
    for mine in list(Attendance.objects.filter(person=person).order_by("round_id")):
        # Whoever closes the register, or ticks, waits until the one row has taken the place of the other.
        list(Register.objects.select_for_update().filter(round=mine.round_id).order_by("pk"))
        on_round(mine.round_id)
        first = Attendance.objects.filter(pk=mine.pk).values_list("first_round", flat=True).first()
        Attendance.objects.filter(pk=mine.pk).delete()
        if first is not None and not Folded.objects.filter(round=mine.round_id).exists():
            Attendance.objects.create(round_id=mine.round_id, first_round=first)
