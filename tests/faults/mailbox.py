"""Letters as their readers see them: what each tells of which Rounds, read from its words and from no row."""

import re

ROUND = re.compile(r"/rounds/([0-9a-f-]{36})/")
BY_SUBJECT = {"booking is open": "invitation", "something has changed": "moved", "it does not take place": "cancelled"}
BY_TEXT = {
    "You have a place.": "place",
    "A place has come free": "freed",
    "You are on the waiting list.": "waiting",
    "You have a place at this Round, which is coming up.": "reminder",
}


def told(address, subject, text):
    """[(address, what, key of the Round)], one for each Round that the letter is about."""
    what = next((word for end, word in BY_SUBJECT.items() if subject.endswith(end)), None)
    what = what or next((word for begins, word in BY_TEXT.items() if begins in text), "something else")
    return [(address, what, key) for key in dict.fromkeys(ROUND.findall(text))]


def told_by(outbox):
    """The same of letters in Django's outbox, in the order in which they left."""
    return [each for letter in outbox for each in told(letter.to[0], letter.subject, letter.body)]
