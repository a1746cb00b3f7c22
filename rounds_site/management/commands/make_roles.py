import getpass
import os
import secrets
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from rounds_site import database_roles
from rounds_site.database_roles import QUIET, Roles
from rounds_site.kit.readiness import NOT_PREPARED, prepared


class Command(BaseCommand):
    help = (
        "Makes the roles of PostgreSQL: owner, web, worker, box and figures. Run it as the role that owns both "
        "databases and may make roles (CREATEROLE), after manage.py prepare and after each upgrade. Does no harm twice."
    )

    def add_arguments(self, parser):
        parser.add_argument("--prefix", default="rounds", help="how the names of the roles begin (rounds)")
        parser.add_argument(
            "--passwords",
            type=Path,
            metavar="FOLDER",
            help="a file for each role with its password; those that are missing are made there, readable by you alone",
        )
        parser.add_argument("--ask", action="store_true", help="ask for the passwords")
        parser.add_argument(
            "--no-login", action="store_true", help="groups without a login, to which you add logins of your own"
        )

    def handle(self, prefix, passwords, ask, no_login, **options):
        people, box = connections["default"], connections["box"]
        if not people.vendor == box.vendor == "postgresql":
            raise CommandError("There are no roles without PostgreSQL: set DATABASE_URL and BOX_DATABASE_URL.")
        if not prepared():
            raise CommandError(NOT_PREPARED)
        roles = Roles.called(prefix)
        known = self.passwords(roles, passwords, ask)
        quiet = database_roles.make(people, box, roles, login=not no_login, passwords=known)
        self.say(roles, people, box, passwords)
        self.say_of_the_log(roles, quiet, no_login)

    def passwords(self, roles, folder, ask):
        names = vars(roles).values()
        if ask:
            return {name: getpass.getpass(f"Password of {name} (none: leave it as it is): ") for name in names}
        return {name: kept(folder / name) for name in names} if folder else {}

    def say(self, roles, people, box, folder):
        where = f"; passwords are in {folder}" if folder else ""
        self.stdout.write(f"The roles are made{where}. Put into the environment:\n")
        for purpose, variable, role, connection in (
            ("of the web server", "DATABASE_URL", roles.web, people),
            ("of the worker and the clock, and of commands", "DATABASE_URL", roles.worker, people),
            ("of all of these", "BOX_DATABASE_URL", roles.box, box),
            ("of all of these", "FIGURES_DATABASE_URL", roles.figures, people),
        ):
            self.stdout.write(f"  {purpose}:\n    {variable}={address(connection, role)}")
        self.stdout.write("manage.py prepare and this command keep the addresses that they have now.")
        self.stdout.write("manage.py portal takes the worker's address as WORKER_DATABASE_URL.")

    def say_of_the_log(self, roles, quiet, no_login):
        order = f"ALTER ROLE {roles.box} SET {QUIET} = 'panic';"
        if no_login:
            self.stdout.write(f"\nA superuser must say this of each login in {roles.box}, not of the group:\n  {order}")
        elif not quiet:
            self.stdout.write(
                "\nPostgreSQL writes statements that fail, with forms in them, to its log, until a superuser says:\n"
                f"  {order}"
            )


def kept(path):
    """The password in the file; a new one, put there, where there is no file."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text().strip()


def address(connection, role):
    own = connection.settings_dict
    port = f":{own['PORT']}" if own["PORT"] else ""
    return f"postgres://{role}:PASSWORD@{own['HOST'] or 'localhost'}{port}/{own['NAME']}"
