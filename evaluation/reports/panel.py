"""The panel in the workspace of its Round: what needs doing, in numbers."""

from datetime import timedelta

from evaluation.reports.phases import DONE, IN_HAND, NEEDS_YOU, NOT_NEEDED, NOT_STARTED, Phase, Task
from rounds.states import READY
from rounds_site.kit.formats import people

ENOUGH_VOICES = 2
LAST_WEEK = timedelta(days=7)


def panel_phase(round, panel, now):
    over = round.has_a_date and now >= round.ends_at
    return Phase("panel", "Panel", _tasks(round, panel, over, now), DONE if over else READY)


def _tasks(round, panel, over, now):
    """Numbers and never names, for the facilitators. `panel` is None for everyone else, who read one line that depends
    on the Round alone."""
    if panel is None:
        note = "Its facilitators prepare the panel, and only they see it."
        return [Task("Voices, preparation and order", "", DONE if over else IN_HAND, note)]
    if over:
        word = DONE if panel.agreed else NOT_NEEDED
        return [*(Task(title, "round_panel", word) for title in ("Voices", "Preparation", "Order")), *_after(panel)]
    return [_voices(panel), _preparation(panel), _order(round, panel, now)]


def _voices(panel):
    if not panel.asked:
        return Task("Voices", "round_panel", NOT_STARTED, "Two to four people make a panel.")
    note = f"{people(panel.agreed)} {'has' if panel.agreed == 1 else 'have'} said yes"
    waiting = panel.asked - panel.agreed
    if waiting and panel.agreed < ENOUGH_VOICES:
        note = f"{people(waiting)} {'was' if waiting == 1 else 'were'} asked. " + (
            note if panel.agreed else "No answer yet"
        )
    if panel.agreed >= ENOUGH_VOICES:
        return Task("Voices", "round_panel", DONE, note)
    if waiting:
        return Task("Voices", "round_panel", IN_HAND, note)
    return Task("Find another voice", "round_panel", NEEDS_YOU, f"{note}. Two to four make a panel.", "Go to the panel")


def _preparation(panel):
    if not panel.agreed:
        return Task("Preparation", "round_panel", NOT_STARTED)
    if panel.prepared == panel.agreed:
        return Task("Preparation", "round_panel", DONE, "Each has met a facilitator")
    note = f"{panel.prepared} of {panel.agreed} prepared"
    if panel.due:
        return Task("Prepare the panel", "round_panel", NEEDS_YOU, f"{note}. A step is due.", "See the steps")
    return Task("Preparation", "round_panel", IN_HAND, note)


def _order(round, panel, now):
    if panel.agreed < ENOUGH_VOICES:
        return Task("Order", "round_panel", NOT_STARTED)
    if panel.placed == panel.agreed:
        return Task("Order", "round_panel", DONE, "Who begins, and who ends")
    if panel.prepared == panel.agreed or (round.has_a_date and round.starts_at - now <= LAST_WEEK):
        note = "Who begins, who ends. You can change it up to the hour."
        return Task("Set the order of the stories", "round_panel", NEEDS_YOU, note, "Set the order")
    return Task("Order", "round_panel", NOT_STARTED)


def _after(panel):
    """Those who told are not left alone with it."""
    if not panel.agreed:
        return []
    if panel.looked_after == panel.agreed:
        return [Task("Debrief and thanks", "round_panel", DONE)]
    note = f"{panel.looked_after} of {panel.agreed} debriefed, asked how they are, and thanked"
    if panel.due_after:
        return [Task("Look after the panel", "round_panel", NEEDS_YOU, f"{note}. A step is due.", "See the steps")]
    return [Task("Debrief and thanks", "round_panel", IN_HAND, note)]
