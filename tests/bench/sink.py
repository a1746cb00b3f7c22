"""A mail relay in a process of its own that accepts everything, quick enough not to be what is measured.

Its ledger is kept by domain: ``XLEDGER riverbank.example`` answers how many letters it accepted, to how many addresses
there, and their bytes, and forgets them.
"""

import asyncio
import subprocess
import sys
from collections import Counter, defaultdict
from contextlib import contextmanager
from socket import create_connection

ledger, bytes_of = defaultdict(Counter), Counter()


class Conversation(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.heard, self.recipient, self.in_letter = transport, b"", "", False
        transport.write(b"220 sink.example\r\n")

    def data_received(self, data):
        self.heard += data
        while self.heard:
            whole = self.take_letter() if self.in_letter else self.take_line()
            if not whole:
                return

    def take_letter(self):
        if self.heard == b".\r\n":
            content = b""
        elif (end := self.heard.find(b"\r\n.\r\n")) >= 0:
            content = self.heard[:end]
        else:
            return False
        domain = self.recipient.partition("@")[2]
        ledger[domain][self.recipient] += 1
        bytes_of[domain] += len(content)
        self.heard, self.in_letter = b"", False
        self.transport.write(b"250 taken\r\n")
        return True

    def take_line(self):
        line, mark, rest = self.heard.partition(b"\r\n")
        if not mark:
            return False
        self.heard = rest
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.recipient = line.partition(b"<")[2].partition(b">")[0].decode()
        elif verb == b"XLED":
            domain = line.split()[1].decode()
            counted = ledger.pop(domain, Counter())
            self.answer(f"250 {counted.total()} {len(counted)} {bytes_of.pop(domain, 0)}")
            return True
        if verb == b"DATA":
            self.in_letter = True
            self.answer("354 go on")
        elif verb == b"QUIT":
            self.answer("221 bye")
            self.transport.close()
        else:
            self.answer("250 fine")
        return True

    def answer(self, words):
        self.transport.write(f"{words}\r\n".encode())


async def serve():
    server = await asyncio.get_running_loop().create_server(Conversation, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


class Sink:
    def __init__(self, port):
        self.port = port

    def ledger(self, domain):
        """Letters, addresses, bytes."""
        with create_connection(("127.0.0.1", self.port)) as line, line.makefile("rwb") as talk:
            talk.readline()
            talk.write(f"XLEDGER {domain}\r\n".encode())
            talk.flush()
            return tuple(map(int, talk.readline().split()[1:]))


@contextmanager
def sink():
    process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True)
    try:
        yield Sink(int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    asyncio.run(serve())
