"""What somebody says whom a staff list names, and who has the last word: “Do you work there too?”"""

from django.db import transaction

from members.models import ListedJob, Organisation
from rounds_site.kit.refusals import Refused

from . import memberships


@transaction.atomic
def confirm(*, job, now):
    """They are staff there from today, and on its list like everybody: one that leaves them out ends it."""
    job = _waiting(job)
    return memberships.employ(
        person=job.person,
        organisation=job.organisation,
        site=job.site,
        staff_group=job.staff_group,
        source="list",
        now=now,
    )


@transaction.atomic
def decline(*, job):
    """Nobody is told, and the next list does not ask again."""
    job = _waiting(job)
    job.declined = True
    job.save(update_fields=["declined"])
    return job


def _waiting(job):
    """The question as it stands; the partner first, as in taking over its list."""
    Organisation.objects.select_for_update(no_key=True).filter(pk=job.organisation_id).first()
    standing = ListedJob.objects.select_related("person", "organisation", "site").filter(pk=job.pk).first()
    if standing is None:
        raise Refused("Its list does not name you any more.")
    return standing
