"""How the boxes of all Rounds stand, as everybody may know it."""

from evaluation.models import FeedbackBox
from evaluation.states import BoxState


def boxes_by_state() -> dict[str, int]:
    return {state.value: FeedbackBox.objects.filter(state=state).count() for state in BoxState}
