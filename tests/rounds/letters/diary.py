"""Diaries as their programs keep them: what RFC 5546 makes of the entries in the letters that a mailbox got, in the
order in which they came. Read by another parser than the library that writes them."""

from collections import defaultdict
from dataclasses import dataclass, field

import vobject
from django.core import mail


def facts_of(text):
    """{name: value} of the one event in it, and its method."""
    calendar = vobject.readOne(text)
    calendar.validate(raiseException=True)
    [event] = calendar.vevent_list
    facts = {name: lines[0].value for name, lines in event.contents.items()}
    facts["attendees"] = [(line.value, line.params) for line in event.contents.get("attendee", [])]
    return calendar.method.value, facts


@dataclass
class Diary:
    """Of one mailbox: {uid: facts} of what stands in it. A version that it would ignore is a mistake of ours."""

    address: str
    entries: dict = field(default_factory=dict)
    last: dict = field(default_factory=dict)
    ended: set = field(default_factory=set)

    def take(self, method, facts):
        uid, sequence = facts["uid"], int(facts["sequence"])
        accepted = {"CUTYPE": ["INDIVIDUAL"], "ROLE": ["REQ-PARTICIPANT"], "PARTSTAT": ["ACCEPTED"], "RSVP": ["FALSE"]}
        assert facts["attendees"] == [(f"mailto:{self.address}", accepted)]
        assert uid not in self.ended, "an entry that has ended came back"
        said = (method, {name: value for name, value in facts.items() if name != "dtstamp"})
        before, said_before = self.last.get(uid, (-1, None))
        assert sequence > before or said == said_before, f"{sequence} after {before} is not newer"
        self.last[uid] = (sequence, said)
        if method == "REQUEST":
            self.entries[uid] = facts
        else:
            assert uid in self.entries, "taken out before it was put in"
            del self.entries[uid]
            self.ended.add(uid)

    def shows(self):
        return [(facts["dtstart"], facts["summary"]) for facts in self.entries.values()]


class Diaries(defaultdict):
    """{address: its diary}, of all letters that came since the last look."""

    def __init__(self):
        super().__init__()
        self.read = 0

    def __missing__(self, address):
        self[address] = Diary(address)
        return self[address]

    def look(self):
        letters, self.read = mail.outbox[self.read :], len(mail.outbox)
        for letter in letters:
            *_, last = letter.message().walk()
            if last.get_content_type() == "text/calendar":
                method, facts = facts_of(last.get_payload(decode=True).decode())
                assert last.get_param("method") == method
                self[letter.to[0]].take(method, facts)
        return self

    def shown(self):
        """{address: what stands in its diary}, of those in which something does."""
        return {address: diary.shows() for address, diary in self.items() if diary.entries}
