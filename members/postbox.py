"""The slot through which every letter goes: a row in the transaction of the change that it tells of."""

import logging

from allauth.account.models import EmailAddress
from celery import current_app
from django.db import router, transaction
from django.db.models import Exists

from .models import Delivery, Suppression
from .models.lane import print_of
from .models.person import LettersTo
from .registry import letters

logger = logging.getLogger(__name__)

BELL = "members.tasks.dispatch_letters"
CHUNK = 1000
NEUTRAL = "members/message"


def post(kind, *, now, **row):
    """One letter to a person, or to the address of a named contact; for `row` see ``letter``.

    It goes when the transaction has committed and `due_at` has come, and never after `expires_at`. Where a letter with
    this `dedupe_key` was written before, whatever became of it, no second one is made.
    """
    post_many([letter(kind, now=now, **row)], now=now)


def letter(
    kind,
    *,
    dedupe_key,
    now,
    person=None,
    address="",
    system=None,
    about=None,
    part=None,
    due_at=None,
    expires_at=None,
):
    """The row of a letter, for ``post_many``; `person` is a Person or their key.

    `system` is the care system whose letter it is, or its key: only its administrators see how it fares.

    Checked here and not left to the database: an insert that ignores conflicts also drops, on SQLite, every row that
    breaks another rule, without a word.
    """
    if (person is None) == (not address):
        raise ValueError("a letter goes to one person or to one address")
    return Delivery(
        created_at=now,
        dedupe_key=dedupe_key,
        kind=kind,
        lane_rank=letters[kind].lane_rank,
        person_id=getattr(person, "pk", person),
        address=address,
        system=getattr(system, "pk", system),
        about=about,
        part=part,
        due_at=due_at or now,
        expires_at=expires_at,
    )


def post_many(drafts, *, now):
    """Letters made with ``letter``; those whose key exists are left out. Refuses outside a transaction: a letter must
    stand or fall with the change it tells of."""
    if not transaction.get_connection(router.db_for_write(Delivery)).in_atomic_block:
        raise RuntimeError("letters are written in the transaction of the change they tell of")
    drafts = list(drafts)
    Delivery.objects.bulk_create(drafts, batch_size=CHUNK, ignore_conflicts=True)
    if any(draft.due_at <= now for draft in drafts):
        ring(BELL, expires=25)


def address_for_places(person):
    """Where letters about the person's own places, and their part in a Round, go; "" for nowhere.

    A personal address that they no longer prove is nowhere, too: what they kept from one mailbox must not come there.
    """
    if person.letters_to == LettersTo.NOWHERE:
        return ""
    if person.letters_to != LettersTo.PERSONAL:
        return person.email
    return person.personal_email if _has_proven(person, person.personal_email) else ""


def is_theirs(person, address):
    """Whether the mailbox is still one of the person's own here."""
    return address == person.email or _has_proven(person, address)


def _has_proven(person, address):
    return EmailAddress.objects.filter(user=person, email=address, verified=True).exists()


def stopped(addresses, *, system):
    """Those of the addresses to which no letter of that system (its key) goes any more."""
    prints = {print_of(address): address for address in addresses}
    found = Suppression.objects.filter(print__in=prints).stopping(system) if prints else []
    return {prints[each.print] for each in found}


def template_for(person):
    """What stands in for a letter to somebody who wants neutral ones; "" for the letter as it is."""
    return NEUTRAL if person.neutral_letters else ""


def wishes(person):
    """All that a letter about their places depends on, for the mark of its facts."""
    return [person.email, person.letters_to, person.personal_email, person.neutral_letters, person.diary_style]


def ring(task, *args, expires=3600):
    """Once this transaction has committed, wake the worker for a task that finds its own work.

    A bell that is not heard costs half a minute and never a letter, so a broker that is away must not break the
    request of somebody whose place is already theirs.
    """

    def rung():
        try:
            current_app.send_task(task, args=args, expires=expires, retry=False, ignore_result=True)
        except Exception as error:  # noqa: BLE001 (every broker has errors of its own)
            logger.warning("Could not ring for %s: %s", task, type(error).__name__)

    transaction.on_commit(rung, robust=True)


def held(queryset):
    """The first row of the queryset, or None, held until the transaction ends; see ``all_held``."""
    return next(iter(all_held(queryset[:1])), None)


def all_held(queryset):
    """The rows, held until the transaction ends, in the order of the queryset: nobody changes them while a letter about
    them leaves, and many letters may leave at once.

    That is FOR SHARE, which Django lacks: its own locks would let one hand-over wait for another's commit. SQLite has
    no row locks; there the transaction holds the whole database.
    """
    with transaction.get_connection(queryset.db).execute_wrapper(_for_share):
        return list(to_hold(queryset))


def held_as_known(first, **given):
    """As ``held``, where what is ``to_hold`` is put together once."""
    with transaction.get_connection().execute_wrapper(_for_share):
        return first.run(**given)


def to_hold(queryset):
    return queryset.select_for_update(of=("self",), no_key=True)


def _for_share(execute, sql, params, many, context):
    return execute(sql.replace("FOR NO KEY UPDATE", "FOR SHARE"), params, many, context)


class Held(Exists):
    """``Exists``, of one table, and ``held`` at once."""

    def as_postgresql(self, compiler, connection):
        return self.as_sql(compiler, connection, template="EXISTS(%(subquery)s FOR SHARE)")
