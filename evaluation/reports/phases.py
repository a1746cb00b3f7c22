"""Tasks, and the phases of a Round that they make up: a word for each, and a knot of the thread."""

from dataclasses import dataclass
from uuid import UUID

NOT_STARTED, IN_HAND, NEEDS_YOU, DONE, NOT_NEEDED = "Not started", "In hand", "Needs you", "Done", "Not needed"


@dataclass(frozen=True)
class Task:
    """`page`: name of the page where it is done, and `about` the key that its address takes where that is not the
    Round's. `team_only`: a page that only the Round's facilitators may open."""

    title: str
    page: str
    word: str
    note: str = ""
    button: str = ""
    team_only: bool = False
    about: UUID | None = None


@dataclass(frozen=True)
class Phase:
    """`once_done`: what it is called where nothing of it is left."""

    key: str
    title: str
    tasks: list[Task]
    once_done: str = DONE

    @property
    def left(self):
        return [task for task in self.tasks if task.word not in (DONE, NOT_NEEDED)]

    @property
    def state(self):
        words = {task.word for task in self.tasks}
        if NEEDS_YOU in words:
            return NEEDS_YOU
        if not self.left:
            return DONE
        return NOT_STARTED if words <= {NOT_STARTED, NOT_NEEDED} else IN_HAND

    @property
    def word(self):
        if self.state == DONE:
            return self.once_done
        if self.state == NOT_STARTED or len(self.tasks) == 1:
            return self.state
        return f"{self.state}, {len(self.tasks) - len(self.left)} of {len(self.tasks)} done"

    @property
    def knot(self):
        return {NEEDS_YOU: "diamond", DONE: "full", NOT_STARTED: "empty", IN_HAND: "half"}[self.state]
