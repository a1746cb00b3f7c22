"""What a process has cost so far."""

import os
import re
import threading
import time
from contextlib import suppress
from pathlib import Path

from django.db.backends.signals import connection_created

IDLE = 0
FRAMING = re.compile("BEGIN|SAVEPOINT|RELEASE|ROLLBACK")


class Meter:
    """Counts from the moment it is made, so make it before the first connection.

    * `statements`: all that this thread asks of its databases. BEGIN, COMMIT and ROLLBACK count as they go over the
      line, a savepoint and its release are one each, ``executemany`` is as many as it has rows, and the question
      whether a connection still lives is one.
    * `framing`: those among them that neither ask nor change anything, which is all of these but ``executemany``.
    * `transactions`: how many statements there were between BEGIN and COMMIT, without framing, one after the other.
    * `cpu()`: seconds of this process and of its children that have ended; `database_cpu()`: seconds of the PostgreSQL
      processes that serve the connections of this thread, on this machine; what writes PostgreSQL's log and pages is
      shared with others and left out.
    """

    def __init__(self):
        self._by_thread = threading.local()
        connection_created.connect(self._watch)

    def stop(self):
        """Connections made from now on are not counted."""
        connection_created.disconnect(self._watch)

    @property
    def _counted(self):
        if not hasattr(self._by_thread, "counted"):
            self._by_thread.counted = Counted()
        return self._by_thread.counted

    @property
    def statements(self):
        return self._counted.statements

    @property
    def framing(self):
        return self._counted.framing

    @property
    def transactions(self):
        return self._counted.transactions

    def cpu(self):
        own = os.times()
        return own.user + own.system + own.children_user + own.children_system

    def database_cpu(self):
        return self._counted.served_before + sum(map(seconds_on_cpu, self._counted.serving.values()))

    def now(self):
        return {
            "at": time.perf_counter(),
            "cpu": self.cpu(),
            "database_cpu": self.database_cpu(),
            "statements": self.statements,
            "framing": self.framing,
        }

    def _watch(self, connection, **kwargs):
        if connection.vendor == "postgresql":
            self._counted.serving[connection] = process_of(connection)
        # One that is opened again is known already.
        if self._execute in connection.execute_wrappers:
            return
        connection.execute_wrappers.append(self._execute)
        for name in ("_commit", "_rollback"):
            setattr(connection, name, self._ending(connection, getattr(connection, name)))
        connection._close = self._closing(connection, connection._close)
        connection.is_usable = self._asking(connection.is_usable)

    def _execute(self, execute, sql, params, many, context):
        framing, inside = bool(FRAMING.match(sql)), context["connection"].in_atomic_block
        self._counted.add(len(params) if many else 1, framing=framing, inside=inside and not framing)
        return execute(sql, params, many, context)

    def _asking(self, is_usable):
        def asked():
            self._counted.add(1, framing=True)
            return is_usable()

        return asked

    def _ending(self, connection, end):
        def ended():
            self._counted.end(statements_of_the_end(connection))
            return end()

        return ended

    def _closing(self, connection, close):
        def closed():
            self._counted.served_before += seconds_on_cpu(self._counted.serving.pop(connection, None))
            return close()

        return closed


class Counted:
    """What one thread has done."""

    def __init__(self):
        self.statements = self.framing = self._inside = 0
        self.transactions = []
        self.served_before, self.serving = 0.0, {}

    def add(self, number, *, framing, inside=False):
        self.statements += number
        self.framing += number * framing
        self._inside += number * inside

    def end(self, number):
        """BEGIN and COMMIT, if these are sent."""
        if number:
            self.add(number, framing=True)
            self.transactions.append(self._inside)
        self._inside = 0


def statements_of_the_end(connection):
    """psycopg2 sends BEGIN by itself, before the first statement. To SQLite Django sends it, where it is counted."""
    if connection.connection is None:
        return 0
    if connection.vendor == "postgresql":
        return 0 if connection.connection.info.transaction_status == IDLE else 2
    return int(connection.connection.in_transaction)


def process_of(connection):
    """The PostgreSQL process behind a connection; None where it does not run on this machine."""
    pid, name = connection.connection.info.backend_pid, connection.connection.info.dbname
    try:
        title = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return None
    return pid if title.startswith("postgres:") and name in title else None


def seconds_on_cpu(pid):
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def peak_memory():
    """The most that this process ever held, in kB. Not what getrusage says: a child begins there with its parent's."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def tree_cpu(pid):
    """Seconds of a process, of its children that live and of those that it has waited for."""
    return sum(ticks for _, ticks in tree(pid).values()) / os.sysconf("SC_CLK_TCK")


def tree(pid):
    """{pid: (pid of its parent, ticks of CPU)} of a process and all that came of it and lives."""
    known = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            said = stat.read_text().rpartition(")")[2].split()
            known[int(stat.parent.name)] = int(said[1]), sum(map(int, said[11:15]))
    found = {pid}
    while more := {each for each, (parent, _) in known.items() if parent in found} - found:
        found |= more
    return {each: known[each] for each in found if each in known}
