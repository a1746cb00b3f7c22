"""What stands below the rows of every CSV of figures: what its columns mean, and how its figures were made.

A file leaves the page that explains it, and is passed on. An empty line parts the rows from the words: whoever reads
the table by a program stops there.
"""

from evaluation.disclosure import THRESHOLD
from rounds.days import TIMES_OF_DAY
from rounds.states import Format

BLUNT = f"To the nearest 5; below {THRESHOLD} none is shown"
RANGE = "of where the figure before it may truly lie, 19 times out of 20"
WHEN_AND_HOW = [*(words for words, *_ in TIMES_OF_DAY.values()), *Format.labels]
MEANING = {
    "Half-year": "April to September, or October to March",
    "Month": "Of the half-year and the one before",
    "Date": "The day of the Round",
    "Round": "Its title",
    "By": "What these Rounds are told apart by",
    "What": "The Place, time of day or format; or all of them",
    "Sector": "What kind of organisation people work for",
    "Kind of work": "What people do, as they told it themselves",
    "Employer": "A partner with enough staff for a figure of its own",
    "Partner": "An organisation of the system",
    "Place": "A part of the system",
    "Host": "The organisation, or the Place",
    # People
    "Came": f"How many times somebody came. {BLUNT}",
    "Came for the first time": f"Whoever ticked at the door that it was their first Round, once in a life. {BLUNT}",
    "Got no place": f"How many waited for a place and got none. {BLUNT}",
    "Partners": f"From how many partners anybody came. {BLUNT}",
    "People who came": f"Heads counted in the room and online, of each Round {BLUNT[0].lower()}{BLUNT[1:]}",
    "Staff": "How many work there, as its organisations said",
    "Per 1,000": "How many came for each 1,000 staff",
    "Came for each 1,000 staff": "In the half-year that “Of the half-year” names",
    "Of 100 who came": "How many are of this kind of work, of those with a figure",
    "Of 100 staff": "How many are of this kind of work, of those with a figure",
    "From": f"The lower end {RANGE}",
    "To": f"The upper end {RANGE}",
    "From for each 1,000": f"The lower end {RANGE}",
    "To for each 1,000": f"The upper end {RANGE}",
    "System, per 1,000": "How many came for each 1,000 staff of the whole system",
    "System, from": f"The lower end {RANGE}",
    "System, to": f"The upper end {RANGE}",
    "Note": "Why something is not shown, or what is beside it",
    "Of the half-year": "Of which half-year the figures of who came are: the latest released by then",
    "Employers that met in a Round, on average": "People of how many employers came to the same Round",
    # Rounds
    "Rounds": "Beside a sector, to how many Rounds it was invited; elsewhere, how many were held",
    "Held": "How many Rounds were held",
    "Planned": "How many Rounds are planned",
    "Places": "In the room and online, of those Rounds",
    "Partners invited": "How many partners were invited to one of them",
    "Partners hosting": "How many partners host one of them",
    "Invited": "Whether the partner is invited to a Round",
    "Hosting": "Whether the partner hosts a Round",
    "With a facilitator": "Whether somebody who facilitates works there",
    "Months with a Round": "Of the half-year and the one before",
    "Days between two, as a rule": "The middle one of the stretches between two Rounds",
    "Last": "The day of the last Round",
    "Next": "The day of the next Round",
    # Answers
    "Questions": "The questionnaire",
    "Version": "Of the questionnaire; answers to two versions are never added together",
    "Question": "As it was asked",
    "Measures": "What the question is about",
    "Share": "How many of 100 answers are what “Share of” names",
    "Answers": "How many answered the question",
    "Half-year before": "The same share, in the half-year before",
    "Answers in the half-year before": "How many answered the question then",
    "Favourable": "How many of 100 answers are what “Favourable is” names",
    "Share of": "Which answers the share counts",
    "Favourable is": "Which answers the share counts",
    "Why not shown": "Said where a share is not",
}
MEANING |= dict.fromkeys(WHEN_AND_HOW, "How many Rounds at that time, or of that format")
MEANING |= {f"Came, {words.lower()}": MEANING["Came"] for words in WHEN_AND_HOW}
MEANING |= {
    f"{label}, {what}": f"How many Rounds of this format were {what}"
    for label in Format.labels
    for what in ("held", "planned")
}
NEVER = "No column names a person, and no figure says why somebody came or what a Round caused."
OF_ROUNDS = "Facts about Rounds are exact."
OF_PEOPLE = f"Numbers of people are to the nearest 5, and below {THRESHOLD} none is shown."
OF_CHANCE = (
    "Chance was added to who came before it was shown, once and for all: so that nobody can work out whether one "
    "person was there. Treat two figures whose ranges overlap as alike. Parts do not add up to their whole, which "
    f"counts those below {THRESHOLD} too."
)
OF_ANSWERS = (
    f"Answers to a question are told from {THRESHOLD} on; where nearly all of a few said the same, only that is said. "
    "Different people answered each time: treat small differences as none."
)
TELLING = {
    OF_CHANCE: {"From", "Of 100 who came", "Came", "Came for each 1,000 staff"},
    OF_PEOPLE: {"From", "Of 100 who came", "Came", "Came for each 1,000 staff", "People who came"},
    OF_ROUNDS: {"Rounds", "Held", "Invited", "Months with a Round", "In person, held"},
    OF_ANSWERS: {"Answers"},
}


def below(head) -> list[list[str]]:
    """The lines below a table with that head. A column of which nothing is known here is a mistake."""
    notes = [note for note, columns in TELLING.items() if columns & set(head)]
    return [
        [],
        ["What each column means"],
        *([column, MEANING[column]] for column in head),
        [],
        ["How these figures were made"],
        *([note] for note in [*notes, NEVER]),
    ]
