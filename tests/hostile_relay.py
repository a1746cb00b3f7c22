"""A mail relay that misbehaves where it is told to: the ledger of what it accepted is the truth of a test."""

import contextlib
import socketserver
import threading
import time
from email import message_from_bytes, policy

DROP, HANG, DRIP = "drop", "hang", "drip"
ACCEPT_AND_DROP = "accept and drop"


class Relay:
    """`plans` holds one for each letter that is begun, in their order: {step: what to do there}; the others just go.

    Steps: GREETING and EHLO (of each connection), MAIL, RCPT, DATA, body (half of it has come), "." (all of it has).
    `hesitant` is how many seconds it thinks of a recipient, `slow` how many before it decides on a whole letter, `late`
    how many before it then says so.

    What to do: an answer ("550 5.1.1 no such box"), DROP the connection, HANG without a word, DRIP an answer without
    end, or at the dot ACCEPT_AND_DROP.
    """

    def __init__(self, *plans, greeting=None):
        self.plans, self.greeting = list(plans), greeting
        self.accepted, self.connections, self.hung_up = [], 0, 0
        self.released = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.relay = self
        self.port = self._server.server_address[1]

    @property
    def ledger(self):
        """The Message-IDs of what was accepted, in its order."""
        return [message["Message-ID"] for message in self.accepted]

    def next_plan(self):
        """For the letter that is just begun."""
        return self.plans.pop(0) if self.plans else {}

    def accept(self, content):
        self.accepted.append(message_from_bytes(content, policy=policy.default))

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=[0.02], daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    request_queue_size = 50


class _Conversation(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        self.relay, self.plan = self.server.relay, {}
        self.relay.connections += 1
        with contextlib.suppress(OSError, _Over):
            self.answer(self.relay.greeting or "220 relay.example")
            while line := self.rfile.readline():
                self.obey(line.strip().decode())

    def finish(self):
        with contextlib.suppress(OSError):
            super().finish()
        self.request.close()
        self.relay.hung_up += 1

    def obey(self, line):
        command = line.partition(" ")[0].upper()
        if command == "MAIL":
            self.plan = self.relay.next_plan()
        if command == "DATA":
            return self.take_letter()
        if command == "RCPT":
            time.sleep(self.plan.get("hesitant", 0))
        self.answer(self.plan.get(command, "221 bye" if command == "QUIT" else "250 OK"))
        if command == "QUIT":
            raise _Over
        return None

    def take_letter(self):
        go_on = self.plan.get("DATA", "354 go on")
        self.answer(go_on)
        if not go_on.startswith("354"):
            return
        lines = [self.rfile.readline()]
        if "body" in self.plan:
            self.answer(self.plan["body"])
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if not line:
            raise _Over
        self.settle(b"".join(lines), self.plan.get(".", "250 taken"))

    def settle(self, content, end):
        time.sleep(self.plan.get("slow", 0))
        if end.startswith(("250", ACCEPT_AND_DROP)):
            self.relay.accept(content)
        time.sleep(self.plan.get("late", 0))
        self.answer(DROP if end == ACCEPT_AND_DROP else end)

    def answer(self, words):
        if words == DROP:
            raise _Over
        if words == HANG:
            self.relay.released.wait(30)
            raise _Over
        while words == DRIP and not self.relay.released.is_set():
            self.wfile.write(b"250-still thinking\r\n")
            time.sleep(0.05)
        self.wfile.write(f"{words}\r\n".encode())


class _Over(Exception):
    """Hangs up."""
