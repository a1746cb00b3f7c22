"""The letters about Rounds: who gets which, and when not. All of it is decided at hand-over, from the live rows.

Which kinds there are, who gets each and when not stands in ``told``, and as a table in docs/letters.md. An invitation
that would have to wait for its reader's week until booking has closed does not go.

All that are about somebody's own place, and those to the panel, go where that person said, or nowhere; to whoever asked
for neutral letters each says only that a message waits (``postbox.address_for_places``, ``template_for``).

The one letter after a Round is ``evaluation.emails``'s.

Nobody is written to because they came. Invitations go to those with a place too, and moved and cancelled to everyone in
the same words: neither who gets a letter nor what it says tells who booked. Only the diary entry of a person who asked
for one goes beside it.

A letter to the panel says that a facilitator has a question or news, and nothing else: not which Round, nor what for.
Its row is about the storyteller's own row and not about the Round, and goes with it.
"""

from members.registry import Letter, letters

from . import care, cover, invitations, keeping, panel, reading, team, voices
from .care import care_due, forget_care
from .cover import backfill
from .diary import TAKING_OUT
from .invitations import invitation_in_words
from .team import facilitator_named, facilitator_wanted, team_asked
from .told import TOLD
from .voices import offered
from .writing import (
    HANDED,
    any_written,
    diary_entries,
    diary_entry,
    invitation_audience,
    invite,
    invite_again,
    offer_lapsed,
    on_waiting_list,
    out_of_diary,
    pass_on_letters,
    place_confirmed,
    place_freed,
    place_given_back,
    place_offered,
    question,
    reminder_moment,
    reschedule_reminders,
    round_cancelled,
    round_moved,
    round_new_date,
    round_postponed,
    start_told,
    still_to_invite,
    stop_inviting,
    time_is_set,
    told_of_changes,
    when_they_can,
)

__all__ = [
    "HANDED",
    "TAKING_OUT",
    "any_written",
    "backfill",
    "care_due",
    "diary_entries",
    "diary_entry",
    "facilitator_named",
    "facilitator_wanted",
    "forget_care",
    "invitation_audience",
    "invitation_in_words",
    "invite",
    "invite_again",
    "offer_lapsed",
    "offered",
    "on_waiting_list",
    "out_of_diary",
    "pass_on_letters",
    "place_confirmed",
    "place_freed",
    "place_given_back",
    "place_offered",
    "question",
    "register_letters",
    "reminder_moment",
    "reschedule_reminders",
    "round_cancelled",
    "round_moved",
    "round_new_date",
    "round_postponed",
    "start_told",
    "still_to_invite",
    "stop_inviting",
    "team_asked",
    "time_is_set",
    "told_of_changes",
    "when_they_can",
]

PERSONAL, BULK = 0, 1


def register_letters():
    """Called once, when the app is ready."""
    letters.register(
        Letter(
            kind="invitation",
            told=TOLD["invitation"],
            template="rounds/invitation",
            read=invitations.invitation,
            read_many=invitations.invitations,
            lock=invitations.lock_invitations,
            together=invitations.together,
            lane_rank=BULK,
            gone=keeping.gone_with_the_last_date,
            remains=keeping.numbers_of_invitations,
        )
    )
    letters.register(
        Letter(
            kind="pass_on",
            told=TOLD["pass_on"],
            template="rounds/pass_on",
            read=invitations.pass_on,
            lock=invitations.lock_pass_on,
            gone=keeping.gone_with_the_last_date,
        )
    )
    for kind, read, lock, lane_rank in [
        ("place_confirmed", reading.place, reading.lock_booking, PERSONAL),
        ("place_freed", reading.place, reading.lock_booking, PERSONAL),
        ("place_offered", reading.offer, reading.lock_booking, PERSONAL),
        ("offer_lapsed", reading.lapsed, reading.lock_booking, PERSONAL),
        ("on_waiting_list", reading.waiting, reading.lock_booking, PERSONAL),
        ("reminder", reading.reminder, reading.lock_booking, PERSONAL),
        ("diary_entry", reading.diary_entry, reading.lock_entry, PERSONAL),
        ("place_given_back", reading.out_of_diary, reading.lock_entry, PERSONAL),
        ("out_of_diary", reading.out_of_diary, reading.lock_entry, PERSONAL),
        ("round_moved", reading.round_moved, reading.lock_round_and_diary, PERSONAL),
        ("round_postponed", reading.round_postponed, reading.lock_round_and_diary, PERSONAL),
        ("round_new_date", reading.round_new_date, reading.lock_round_and_diary, PERSONAL),
        ("round_cancelled", reading.round_cancelled, reading.lock_round_and_diary, PERSONAL),
        ("question", panel.question, panel.lock_storyteller, PERSONAL),
        ("news", panel.news, panel.lock_storyteller, PERSONAL),
    ]:
        gone = keeping.gone_with_the_panel if lock is panel.lock_storyteller else keeping.gone_with_the_round
        ways = {"read": read, "lock": lock, "lane_rank": lane_rank, "gone": gone}
        letters.register(Letter(kind=kind, told=TOLD[kind], template=f"rounds/{kind}", **ways))
    for kind, read in [
        (team.ASKED, team.read_asked),
        (team.WANTED, team.read_wanted),
        (team.NAMED, team.read_named),
    ]:
        ways = {"read": read, "lock": team.lock_team, "gone": keeping.gone_with_the_round}
        letters.register(Letter(kind=kind, told=TOLD[kind], template="rounds/team", **ways))
    for each in (cover, voices, care):
        ways = {"read": each.read, "lock": each.lock}
        letters.register(Letter(kind=each.KIND, told=TOLD[each.KIND], template="rounds/team", **ways))
