"""What a facilitator may think of at each step of a preparation: a sentence, and folded beneath it what to ask."""

from dataclasses import dataclass

from rounds.states import Step


@dataclass(frozen=True)
class Prompt:
    says: str
    title: str
    points: tuple


PROMPTS = {
    Step.AGREED: Prompt(
        "They answer in the portal. If they tell you instead, mark it here.",
        "Before they say yes",
        (
            "Yes is only yes to a talk. They can say no, or step back, until the last minute.",
            "About five minutes, told as they would tell a friend: no slides, and no lesson at the end.",
            "A patient or somebody of a family needs more preparation, and a programme that has held six Rounds.",
        ),
    ),
    Step.ONE_TO_ONE: Prompt(
        "Somewhere quiet, half an hour. What do they want to tell, and what had they better keep?",
        "What to ask",
        (
            "“I know the patient’s story. I want to hear yours.” How did it feel, and how does it feel now?",
            "Which moment do you see before you? Begin there.",
            "Is it far enough away to be told? What would you rather keep?",
            "Who may be in the room whom it touches: a colleague, your manager?",
            "Who is with you that evening?",
        ),
    ),
    Step.UNRECOGNISABLE: Prompt(
        "Listen once as the patient’s sister would: age, dates, ward, what only they would know.",
        "What to change",
        (
            "No names: of patients, families, colleagues, wards or places. “One winter”, not the day.",
            "Change what the story does not need: the age, who sat by the bed.",
            "What was in the news, or happens to one person in a hundred thousand, cannot be disguised: take another.",
            "Could a colleague recognise themself, and how would they hear it?",
            "Would the sister still know? Then change it once more.",
        ),
    ),
    Step.GROUP: Prompt(
        "About a week before, all together, so that nobody hears a story cold in the room.",
        "What to do together",
        (
            "Each tells their story once, as far as they want to. Nobody mends it.",
            "What do the stories have in common? With which question may the discussion begin?",
            "Who begins, who ends: by time, or from the least to the most intense.",
            "Say how you shield them: you take the questions, and nobody is examined.",
            "What may touch you, the facilitators? Agree who takes over.",
        ),
    ),
    Step.THERE: Prompt(
        "Greet them before the room fills. They may still step back, without a reason.",
        "Before it begins",
        (
            "Show them where they sit, and the nearest way out.",
            "Agree on a sign for “I would rather not answer that”.",
            "They need not stay for the discussion, nor speak in it.",
        ),
    ),
    Step.DEBRIEFED: Prompt(
        "The same day, before they go back to work. How is it now that it has been said?",
        "What to ask",
        (
            "What went well, and what would have helped you?",
            "What stays with you? With whom can you talk tonight?",
            "If they are upset: stay until somebody else is with them, and give them where there is support.",
            "Nothing of what they say is written down.",
        ),
    ),
    Step.FOLLOW_UP: Prompt(
        "Some days later: offer to talk, and say where else there is support.",
        "What to ask",
        (
            "How have you been? How have you slept?",
            "Has anybody spoken to you about it, and was that all right?",
            "Would you like to talk again, with me or with somebody else?",
        ),
    ),
    Step.THANKED: Prompt(
        "A few words of your own, that say what their story made possible.",
        "How",
        (
            "To them alone. Not in a newsletter, nor to their manager, unless they want that.",
            "What the room did with it, and nothing of what somebody in it said.",
        ),
    ),
}
