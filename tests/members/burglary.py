"""What somebody with the database's owner's rights does to the security log: the triggers do not hold them."""

from django.db import connection

from members.chain import digest_of
from members.models import SecurityEvent

TRIGGERS = ["securityevent_said", "securityevent_sealed"]


def break_in():
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE members_securityevent DISABLE TRIGGER USER")
        else:
            for name in TRIGGERS:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def rows():
    return SecurityEvent.objects.sealed()


def alter(number, **said):
    rows().filter(number=number).update(**said)


def renumber(numbers):
    """{row's number now: number to be}, by way of numbers that nobody has."""
    for old in numbers:
        rows().filter(number=old).update(number=old + 1_000_000)
    for old, new in numbers.items():
        rows().filter(number=old + 1_000_000).update(number=new)


def compute_anew(previous="0" * 64):
    """The whole chain, as the sealer would have done it."""
    for number, event in enumerate(list(rows()), start=1):
        previous = digest_of(event, number=number, previous=previous)
        SecurityEvent.objects.filter(pk=event.pk).update(number=number, digest=previous)
