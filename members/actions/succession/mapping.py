"""Files that say what became of care systems: the one that is shipped, or another of the same shape."""

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path

from rounds_site.kit.refusals import Refused

SHIPPED = Path(__file__).parents[2] / "data" / "icb_changes_2026.toml"
WRONG = "This is no file of changes. Take members/data/icb_changes_2026.toml as a pattern."


@dataclass(frozen=True)
class Change:
    """What became of the system with that code; `became`: [(code, name)], of a division several."""

    code: str
    name: str
    became: tuple[tuple[str, str], ...]
    on: dt.date

    @property
    def is_split(self):
        return len(self.became) > 1


@dataclass(frozen=True)
class Mapping:
    title: str
    checked: bool
    changes: dict[str, Change]


def read(path=SHIPPED) -> Mapping:
    """Refused where it is no such file."""
    try:
        said = tomllib.loads(Path(path).read_text())
        changes = [
            _change(code, each, said) for part in ("whole", "divided") for code, each in said.get(part, {}).items()
        ]
        return Mapping(said["title"], bool(said["checked"]), {each.code: each for each in changes})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError):
        raise Refused(WRONG) from None


def _change(code, each, said):
    codes = [each["became"]] if isinstance(each["became"], str) else each["became"]
    if not isinstance(said["on"], dt.date) or not codes:
        raise KeyError(code)
    return Change(code, each["name"], tuple((code, said["successors"][code]) for code in codes), said["on"])
