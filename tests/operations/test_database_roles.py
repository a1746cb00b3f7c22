"""`manage.py make_roles`, and that a real portal starts with no other roles than these."""

import subprocess
import sys

import psycopg2
import pytest
from django.db import connection, connections
from psycopg2 import sql

from rounds_site.database_roles import Roles, sees_past_row_security
from rounds_site.management.commands.make_roles import kept
from tests.row_security import PREFIX
from tests.running import ROOT, RunningPortal

pytestmark = pytest.mark.postgres
ROLES = Roles.called(f"{PREFIX}_made")


@pytest.fixture(scope="module")
def running(tmp_path_factory, django_db_blocker):
    with django_db_blocker.unblock():
        try:
            with RunningPortal(tmp_path_factory.mktemp("roles")) as portal:
                yield portal
        finally:
            with connection._nodb_cursor() as cursor:
                for role in vars(ROLES).values():
                    cursor.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


def run(running, *command):
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=running.environment, capture_output=True, text=True, timeout=120
    )


def test_a_real_portal_does_not_start_as_the_owner_of_the_tables(running):
    done = run(running, "manage.py", "portal")
    assert done.returncode == 1
    assert "owns the tables" in done.stderr
    assert "manage.py make_roles" in done.stderr


def test_nor_does_a_web_server_or_a_worker_alone(running):
    assert run(running, "-c", "import rounds_site.wsgi").returncode == 3
    worker = run(running, "-m", "celery", "-A", "rounds_site.celery", "worker", "--pool", "solo")
    assert worker.returncode == 3
    assert "owns the tables" in worker.stderr


def test_the_check_before_a_deployment_finds_it(running):
    done = run(running, "manage.py", "check", "--deploy", "--database", "default")
    assert "rounds_site.E001" in done.stderr
    assert "rounds_site.E001" not in run(running, "manage.py", "check", "--deploy").stderr


class TestMakingThem:
    @pytest.fixture(scope="class")
    def said(self, running, tmp_path_factory):
        """Made twice, which does no harm."""
        folder = tmp_path_factory.mktemp("passwords")
        once, twice = (
            running.manage("make_roles", "--prefix", f"{PREFIX}_made", "--passwords", str(folder)) for _ in range(2)
        )
        assert once == twice
        return once, folder

    @pytest.fixture
    def signed_in(self, running, said):
        """A connection of one of the roles, by its password."""
        opened = []

        def sign_in(role, alias="default"):
            here = connections[alias].get_connection_params()
            own = {"dbname": running.names[alias], "user": role, "password": kept(said[1] / role)}
            opened.append(psycopg2.connect(**here | own))
            opened[-1].autocommit = True
            return opened[-1].cursor()

        yield sign_in
        for each in opened:
            each.close()

    def test_it_says_what_to_put_into_the_environment(self, said):
        runs = {role for role in vars(ROLES).values() if f"postgres://{role}:PASSWORD@" in said[0]}
        assert runs == {*vars(ROLES).values()} - {ROLES.owner}
        assert "WORKER_DATABASE_URL" in said[0]
        assert f"FIGURES_DATABASE_URL=postgres://{ROLES.figures}:" in said[0]
        assert f"ALTER ROLE {ROLES.box} SET log_min_error_statement = 'panic';" in said[0]

    def test_passwords_are_for_whoever_made_them_alone(self, said):
        files = list(said[1].iterdir())
        assert sorted(file.name for file in files) == sorted(vars(ROLES).values())
        assert {oct(file.stat().st_mode)[-3:] for file in files} == {"600"}
        assert not any(file.read_text() in said[0] for file in files)

    @pytest.mark.parametrize("role", ["web", "worker", "box"])
    def test_none_may_make_a_table_or_a_role_or_sees_past_the_policies(self, role, signed_in):
        name = getattr(ROLES, role)
        cursor = signed_in(name, "box" if role == "box" else "default")
        for refused in (
            "CREATE TABLE x ()",
            "CREATE ROLE x",
            "DELETE FROM django_migrations",
            "ALTER TABLE {} ADD x int",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                cursor.execute(refused.format("evaluation_form" if role == "box" else "rounds_booking"))
        cursor.execute(
            "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = %s", [name]
        )
        assert cursor.fetchone() == (False,)

    def test_each_has_the_rows_of_its_own_database_and_of_no_other(self, signed_in):
        signed_in(ROLES.web).execute("INSERT INTO django_session VALUES ('x', '', now())")
        signed_in(ROLES.worker).execute("DELETE FROM django_session WHERE session_key = 'x'")
        signed_in(ROLES.box, "box").execute("DELETE FROM evaluation_form")
        for role, alias, table in ((ROLES.box, "default", "members_person"), (ROLES.web, "box", "evaluation_form")):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                signed_in(role, alias).execute(f"SELECT * FROM {table}")

    def test_tables_of_later_migrations_are_theirs_too(self, signed_in):
        owner = signed_in(ROLES.owner)
        owner.execute("CREATE TABLE later (id serial)")
        signed_in(ROLES.web).execute("INSERT INTO later DEFAULT VALUES")
        signed_in(ROLES.worker).execute("UPDATE later SET id = 2")
        owner.execute("DROP TABLE later")


@pytest.mark.django_db
def test_what_each_role_sees(as_web_role, as_worker_role):
    assert "owns the tables" in sees_past_row_security(connection)
    with as_web_role():
        assert sees_past_row_security(connection) == ""
    with as_worker_role():
        assert sees_past_row_security(connection, worker=True) == ""
        assert "sees every row" in sees_past_row_security(connection)
