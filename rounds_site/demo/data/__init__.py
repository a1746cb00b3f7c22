"""The words of the demo: partners, people, Rounds and what is said there. Days are counted from the day it is made."""

import tomllib
from functools import cache
from pathlib import Path


@cache
def read(name):
    """What stands in `name`.toml; whoever gets it leaves it as it is."""
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text())


def address_of(each, *, domain):
    """first.last@partner.example"""
    return f"{each.lower().replace(' ', '.')}@{domain}"


def cast():
    """Everybody in the cast with their address, by key."""
    domains = {partner["key"]: partner["domain"] for partner in read("partners")["partners"]}
    return {
        each["key"]: each | {"email": address_of(each["name"], domain=domains[each["partner"]])}
        for each in read("cast")["cast"]
    }
