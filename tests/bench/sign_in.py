"""Keys of people on the input, keys of their sessions on the output: made with the settings of the portal that they
visit, since its caches know when somebody was last there."""

import sys

from members.models import Person
from tests.sessions import session_of


def main():
    people = Person.objects.in_bulk(sys.stdin.read().split(), field_name="email")
    for person in people.values():
        sys.stdout.write(f"{person.email} {session_of(person)}\n")


if __name__ == "__main__":
    main()
