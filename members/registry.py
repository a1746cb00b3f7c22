"""Where upper apps tell this one what it could not know: what a letter says, what is held on a person, what moves.

Each list is filled in ``AppConfig.ready`` and closed by its use of names: nothing is registered twice.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import DateField, EmailField, Q, TextField, UUIDField
from django.db.models.expressions import Combinable

from rounds_site.kit.prepared import Slot


class Registry:
    """Things by their name. A second one with the same name is a mistake of ours, not a replacement."""

    def __init__(self, named_by):
        self._named_by, self._things = named_by, {}

    def register(self, thing):
        name = getattr(thing, self._named_by)
        if name in self._things:
            raise ValueError(f"registered twice: {name}")
        self._things[name] = thing
        return thing

    def __getitem__(self, name):
        return self._things[name]

    def __contains__(self, name):
        return name in self._things

    def __iter__(self):
        return iter(self._things.values())


# What a letter of its own knows in a condition that it shares with others: whose it is, where it goes, today, and what
# its reader's employer adds to it.
PERSON, ADDRESS, DAY = Slot("person", UUIDField()), Slot("address", EmailField()), Slot("day", DateField())
OWN_WORDS = Slot("own_words", TextField())


@dataclass(frozen=True, eq=False)
class Stands:
    """Under what condition all that several letters say is still true; one for all of them, since it takes long to
    write and little to ask. It holds what they are about, as ``Letter.lock`` does (``postbox.Held``)."""

    condition: Q | Combinable


@dataclass(frozen=True)
class Facts:
    """All that one letter says, read from the live rows at one moment; two readings are compared by value.

    `mark` is what ``Letter.lock`` must return again at hand-over: the parts of the rows that the words depend on.
    `version` is the version of what the letter is about; `calendar` a method (REQUEST, CANCEL) and an entry; `part`
    what else it turned out to carry, noted on its row at hand-over.
    `own_words` are those of a partner, in letters to its own staff (``Organisation.own_words``).
    `stop_url` is the address where one press stops letters of this kind; `template` stands in for that of the kind.
    `stands`, where there is one, is asked in the very statement of the hand-over; only if the answer is no are mark and
    ``Letter.lock`` asked why.
    """

    address: str
    sender: str
    context: dict[str, Any]
    mark: Any = None
    version: int | None = None
    calendar: tuple[str, bytes] | None = None
    part: Any = None
    own_words: str = ""
    stop_url: str = ""
    template: str = ""
    stands: Stands | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Told:
    """A kind of letter in words: for whoever looks after letters, for whom they went to, and for docs/letters.md.

    * `title` as in "Invitations to Rounds"; `to` says who gets one, `not_when` when nobody does.
    * `carries_own_words`: a partner's own stand in those to its staff.
    * `names_its_round`: all who get one have the same words, so whoever looks after letters may read which Round one is
      about. What it is of everybody's own is never told.
    * `samples(system)` gives {words for it: Facts} of letters about nothing that exists, as that system would send it.
    """

    title: str
    to: str
    not_when: str
    samples: Callable[[Any], dict[str, Facts]]
    names_its_round: bool = False
    carries_own_words: bool = False


@dataclass(frozen=True)
class Letter:
    """A kind of letter.

    * `told` says in words which it is.
    * `template`: ``rounds/invitation`` for templates/emails/rounds/invitation.{subject.txt,txt,html}.
    * `read(delivery, now)` decides at hand-over: Facts to send them, None when nobody wants the letter any more, or a
      moment before which it must not go.
    * `read_many(deliveries, now)`, if there is one, gives {key: Facts} for those of them that go now, in few queries.
      All that makes it right to send them must then stand in the mark.
    * `lock(delivery)` runs in the transaction of the hand-over: it holds what the letter is about so that nobody
      changes it, and returns its mark now. A letter about nothing that changes has none.
    * `together(list of Facts)`, if there is one, makes one message of all that goes to one person now, or of the only
      one. `lock` is then handed the first of these letters, and holds what each of its `in_this_message` is about.
      Only for letters to many.
    * `gone(now)` is a condition on those of its rows that are forgotten by now: when nobody could write another letter
      of the same key. None: 30 days after they were finished. `remains(rows)` notes what remains of rows that go, as
      numbers.
    """

    kind: str
    template: str
    read: Callable[[Any, dt.datetime], Facts | dt.datetime | None]
    told: Told | None = None
    lock: Callable[[Any], Any] = field(default=lambda delivery: None)
    lane_rank: int = 0
    read_many: Callable[[list, dt.datetime], dict] | None = None
    together: Callable[[list[Facts]], Facts] | None = None
    gone: Callable[[dt.datetime], Any] | None = None
    remains: Callable[[list], Any] | None = None


@dataclass(frozen=True)
class Held:
    """One thing that is held about a person: what it is and what it says, in words for their own eyes. `row` is the row
    of the database that says it, if it is one."""

    what: str
    says: str
    row: Any = None


@dataclass(frozen=True)
class Holding:
    """Something held on people.

    * `until`: until when, as the fields of its models are classified (``kit.privacy``).
    * `covers`: the foreign keys to people which it shows, as "members.Membership.person".
    * `show(person, now)` gives what is Held, for the person alone; it names nobody else.
    * `hold(person, now)` locks whatever erasing would change, before anything is asked.
    * `hinders(person, now)` says, in sentences, why their account cannot be erased yet.
    * `erase(person, now)` forgets what does not simply go with the account.
    """

    name: str
    title: str
    until: Any
    show: Callable[[Any, dt.datetime], list[Held]]
    covers: tuple[str, ...] = ()
    hold: Callable[[Any, dt.datetime], Any] = lambda person, now: None
    hinders: Callable[[Any, dt.datetime], list[str]] = lambda person, now: []
    erase: Callable[[Any, dt.datetime], Any] = lambda person, now: None


@dataclass(frozen=True)
class Dependant:
    """Something that hangs on organisations: told in the preview of a merger, and taken on by it.

    * `rows(organisations, now)` gives whatever tells the live rows apart: their number is what the preview says, and
      what it was made from; `words(number, name)` puts that into a sentence, `name` being who takes them on.
    * `move(organisation, successors, now)` hands over what hangs on one of them. The first successor takes on what
      cannot be divided. It changes nothing of what lies in the past.
    """

    name: str
    rows: Callable[[Any, dt.datetime], list]
    words: Callable[[int, str], str]
    move: Callable[[Any, Any, dt.datetime], Any]


@dataclass(frozen=True)
class Leaving:
    """Something that somebody has by working somewhere, and gives back when they leave.

    `jobs`: [(key of a person, key of an organisation)].

    * `let_go(jobs, now)` is called once all of these jobs have just ended, in the same transaction.
    * `would_go(person, organisation, now)` says to the person alone, in sentences, what leaving would end.
    * `in_sight(jobs, starting, by, now)` says the same of others, as far as `by` may read it anyway (None: everything);
      `starting` are jobs that would begin with it.
    """

    name: str
    let_go: Callable[[list, dt.datetime], Any]
    would_go: Callable[[Any, Any, dt.datetime], list[str]]
    in_sight: Callable[[list, list, Any, dt.datetime], list[str]]


@dataclass(frozen=True)
class Follower:
    """Something that lies where somebody's letters go: `follow(person, now)` is called in the transaction in which they
    chose another address for them, or another name for the entries in their diary."""

    name: str
    follow: Callable[[Any, dt.datetime], Any]


@dataclass(frozen=True)
class SystemDependant:
    """The same of a care system: `rows(system, now)`, and `move(system, successor_of, now)`, where `successor_of(key)`
    is the system in which a partner or a Place goes on, and `successor_of(None)` the first of them."""

    name: str
    rows: Callable[[Any, dt.datetime], list]
    words: Callable[[int, str], str]
    move: Callable[[Any, Callable[[Any], Any], dt.datetime], Any]


@dataclass(frozen=True)
class SetUpStep:
    """Something that a new system does before it is in full swing: `done(system, now)` reads it from the data.

    `url_name` is the page where it is done, and takes no arguments.
    """

    name: str
    title: str
    url_name: str
    done: Callable[[Any, dt.datetime], bool]


@dataclass(frozen=True)
class Naming:
    """How things of an upper app are called in a log: `words(keys)` gives {key: words} of those there are."""

    name: str
    words: Callable[[Any], dict]


@dataclass(frozen=True)
class Load:
    """What somebody does as a facilitator, in words: `facts` as (what, line), and `signs` that a word would do good."""

    facts: list[tuple[str, str]]
    signs: list[str]


@dataclass(frozen=True)
class LoadSight:
    """What the reader of a Load may know: keys of the `people` whom it may name, and the `systems` whose Rounds it
    counts. In place of one stands None where somebody reads about themself."""

    people: set
    systems: list


@dataclass(frozen=True)
class Practice:
    """Where somebody facilitates: `last(people, now)` gives {key of a person: the day when they last did}. Never where
    anybody came to. `load(people, now, sight)` gives {key of a person: Load}, within the LoadSight of who reads it."""

    name: str
    last: Callable[[Any, dt.datetime], dict]
    load: Callable[[Any, dt.datetime, Any], dict] = lambda people, now, sight: {}


@dataclass(frozen=True)
class Keeping:
    """A class of what is kept on people, and how it ends (``actions.retention``).

    * `until`: until when, as its fields are classified (``kit.privacy``); `covers`: the models that have such fields.
    * `title`, `purpose`, `seen_by`, `remains`: the same in words for those whom it names, as the page of privacy and
      docs/privacy.md have them.
    * `due(now)` gives the keys of what has had its time; `forget(keys, now)` destroys those of them that still have,
      in one transaction, and returns how many rows went. `at_once`: how many keys are handed to it together.
    * `ends`: what destroys it where these do not, or sooner.
    * `next_due(now)`: the day of the next that is due, where facts that everybody may read tell it.
    """

    name: str
    title: str
    until: Any
    purpose: str
    seen_by: str
    remains: str = "nothing"
    covers: tuple[str, ...] = ()
    due: Callable[[dt.datetime], Any] | None = None
    forget: Callable[[list, dt.datetime], int] | None = None
    at_once: int = 500
    ends: str = ""
    next_due: Callable[[dt.datetime], dt.date | None] = lambda now: None


letters = Registry("kind")
keepings = Registry("name")
holdings = Registry("name")
dependants = Registry("name")
system_dependants = Registry("name")
leaving = Registry("name")
followers = Registry("name")
set_up = Registry("name")
namings = Registry("name")
practices = Registry("name")


def title_of(kind):
    """What letters of a kind are called; those of one that there is no more, by its name."""
    told = letters[kind].told if kind in letters else None
    return told.title if told else kind.replace("_", " ").capitalize()
