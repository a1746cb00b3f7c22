"""Staff lists line by line, compared and taken over."""

from datetime import UTC, datetime

from members.actions import staff_changes, staff_imports, staff_lists
from members.models import Organisation

NOW = datetime(2027, 3, 3, 12, 0, tzinfo=UTC)
HEAD = "Email,Organisation code,Name,Staff group,Site\n"


def listed(*lines):
    return "\n".join([HEAD.strip(), *lines, ""]).encode()


def compare(*lines, now=NOW):
    ours = Organisation.objects.all()
    staff_list = staff_lists.read(listed(*lines), organisations=ours)
    return staff_changes.compare(staff_list, organisations=ours, now=now)


def take(*lines, end_many=False, now=NOW):
    told = compare(*lines, now=now)
    return staff_imports.accept(
        told.staff_list, organisations=Organisation.objects.all(), digest=told.digest, end_many=end_many, now=now
    )


def counts(told):
    total = told.total
    return total.new, total.changed, total.unchanged, total.ended
