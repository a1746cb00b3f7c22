"""Files that wait between preview and acceptance: one of a kind for each person, for a day at most."""

from django.db import transaction

from members.models import Upload


@transaction.atomic
def keep(*, by, kind, name, content, said=None, now):
    """Takes the place of the file that waited before."""
    forget_old(now=now)
    Upload.objects.filter(person=by, kind=kind).delete()
    about = {"name": name[:200], "content": content, "said": said or {}}
    return Upload.objects.create(person=by, kind=kind, created_at=now, **about)


def forget(*, upload):
    upload.delete()


def forget_old(*, now):
    """What nobody accepted within a day is no longer wanted, and it names people."""
    return Upload.objects.forgotten(now).delete()[0]
