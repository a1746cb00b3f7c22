"""Files that wait between preview and acceptance: one of a kind for each person, for a day at most."""

from django.db import transaction

from members.models import Person, Upload


@transaction.atomic
def keep(*, by, kind, name, content, said=None, now):
    """Takes the place of the file that waited before."""
    # One at a time of each person: a button pressed twice would put two in the place of one.
    Person.objects.select_for_update(no_key=True).get(pk=by.pk)
    Upload.objects.filter(person=by, kind=kind).delete()
    about = {"name": name[:200], "content": content, "said": said or {}}
    return Upload.objects.create(person=by, kind=kind, created_at=now, **about)


def forget(*, upload):
    upload.delete()
