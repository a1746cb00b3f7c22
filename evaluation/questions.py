"""The wording that comes with this portal: its own, so that nobody's permission is needed."""

from evaluation.states import Occasion

SHARED = [
    ("insight", "I see better now how the work feels to other people.", "agreement"),
    ("colleagues", "What I heard will help my colleagues and me to work together.", "agreement"),
    ("relevance", "Something in the stories spoke to my own work.", "agreement"),
]
OVERALL = ("overall", "How was this Round for you, all in all?", "rating")
# Code → name, version, items. Whoever changes an item raises the version: answers to different words are never added
# up, nor are those of two sets. Whoever changes a name renews it where it is stored, by a migration as 0025.
SETS = {
    "own": (
        "Standard questions",
        1,
        [
            *SHARED,
            (
                "facilitation",
                "The conversation was held well: there was room for everyone, and for silence.",
                "agreement",
            ),
            OVERALL,
        ],
    ),
    # Team Time: short, since it is filled in before people go back to their work.
    "own-team": (
        "Standard questions, Team Time",
        1,
        [
            ("insight", "I see better now how the work feels to the others in my team.", "agreement"),
            ("colleagues", "What I heard will help us to work together.", "agreement"),
            OVERALL,
        ],
    ),
    "own-online": (
        "Standard questions, online",
        1,
        [
            *SHARED,
            (
                "facilitation",
                "The conversation was held well on the screen: nobody was lost, and silence was no fault.",
                "agreement",
            ),
            ("taking_part", "From where I sat I could take part as much as I wished.", "agreement"),
            OVERALL,
        ],
    ),
}
OURS_AT = {Occasion.IN_PERSON: "own", Occasion.ONLINE: "own-online", Occasion.TEAM_TIME: "own-team"}
