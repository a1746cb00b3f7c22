"""What lapses at a Round to come, seen while there is still time. It never needs anybody at once, and says why it
matters.

What is said of a panel is for its team alone; all else anybody reads who arranges the Round.
"""

from datetime import timedelta

from evaluation.reports.panel import ENOUGH_VOICES
from evaluation.reports.phases import IN_HAND, Task
from rounds.actions import fidelity
from rounds.states import RoundState

SOON = timedelta(days=14)
TO_SAY = 2


def early_signs(round, panel, now):
    """`panel` is None for whoever does not run the Round."""
    if round.state not in (RoundState.PLANNED, RoundState.PUBLISHED) or not now < round.starts_at <= now + SOON:
        return []
    return [*_rules(round), *_panel(panel)]


def _rules(round):
    left = fidelity.still_open(round, len(round.facilitators))
    if not left:
        return []
    more = f" And {len(left) - TO_SAY} more." if len(left) > TO_SAY else ""
    note = " ".join(rule.unmet for rule in left[:TO_SAY]) + more
    return [Task("What makes it a Round", "round_rules", IN_HAND, note)]


def _panel(panel):
    if panel is None or (panel.agreed >= ENOUGH_VOICES and panel.prepared == panel.agreed):
        return []
    note = "The panel is not prepared yet. Meeting all together a week before keeps anybody from hearing a story cold."
    return [Task("Prepare the panel", "round_panel", IN_HAND, note, team_only=True)]
