"""Where upper apps tell this one what it could not know: what a letter says, what is held on a person, what moves.

Each list is filled in ``AppConfig.ready`` and closed by its use of names: nothing is registered twice.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


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


@dataclass(frozen=True)
class Facts:
    """All that one letter says, read from the live rows at one moment; two readings are compared by value.

    `mark` is what ``Letter.lock`` must return again at hand-over: the parts of the rows that the words depend on.
    `version` is the version of what the letter is about; `calendar` a method (REQUEST, CANCEL) and an entry.
    `stop_url` is the address where one press stops letters of this kind.
    """

    address: str
    sender: str
    context: dict[str, Any]
    mark: Any = None
    version: int | None = None
    calendar: tuple[str, bytes] | None = None
    stop_url: str = ""


@dataclass(frozen=True)
class Letter:
    """A kind of letter.

    * `template`: ``rounds/invitation`` for templates/emails/rounds/invitation.{subject.txt,txt,html}.
    * `read(delivery, now)` decides at hand-over: Facts to send them, None when nobody wants the letter any more, or a
      moment before which it must not go.
    * `lock(delivery)` runs in the transaction of the hand-over: it holds what the letter is about so that nobody
      changes it, and returns its mark now. A letter about nothing that changes has none.
    """

    kind: str
    template: str
    read: Callable[[Any, dt.datetime], Facts | dt.datetime | None]
    lock: Callable[[Any], Any] = field(default=lambda delivery: None)
    lane_rank: int = 0


@dataclass(frozen=True)
class Holding:
    """Something held on people: `show(person)` gives rows for their own eyes, `erase(person, now)` forgets them."""

    name: str
    show: Callable[[Any], list]
    erase: Callable[[Any, dt.datetime], int]


@dataclass(frozen=True)
class Dependant:
    """Something that hangs on an organisation: counted in the preview of a merger, moved by it."""

    name: str
    count: Callable[[Any], int]
    move: Callable[[Any, Any, dt.datetime], int]


@dataclass(frozen=True)
class SetUpStep:
    """Something that a new system does before it is in full swing: `done(system, now)` reads it from the data.

    `url_name` is the page where it is done, and takes no arguments.
    """

    name: str
    title: str
    url_name: str
    done: Callable[[Any, dt.datetime], bool]


letters = Registry("kind")
holdings = Registry("name")
dependants = Registry("name")
set_up = Registry("name")
