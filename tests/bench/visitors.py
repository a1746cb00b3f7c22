"""People in front of browsers, all in one process that costs little: pages are opened, read and answered over HTTP."""

import asyncio
import json
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

COST = "x-cost"
FORM = re.compile(r"<form([^>]*)>(.*?)</form>", re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?')


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    text: str
    cost: dict


@dataclass
class Visitor:
    """Signed in; `answers` are all that they got, whose number is that of their requests."""

    port: int
    session: str = ""
    answers: list = field(default_factory=list)
    pressed: Answer | None = None

    async def open(self, path):
        return await self.ask("GET", path)

    async def press(self, path, **said):
        """The button of the form on this page that goes to that address; whatever it leads to is opened."""
        self.pressed = answer = await self.ask("POST", path, filled_in(self.answers[-1].text, path) | said)
        return await self.open(answer.headers["location"].partition("#")[0]) if answer.status == 302 else answer

    async def ask(self, method, path, said=None, accept="text/html"):
        headers = {"Host": f"127.0.0.1:{self.port}", "Connection": "close", "Accept": accept}
        if self.session:
            headers["Cookie"] = f"sessionid={self.session}" + (f"; csrftoken={self.csrf}" if self.csrf else "")
        body = urlencode(said or {}).encode()
        if method == "POST":
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": str(len(body))}
        answer = read(await exchange(self.port, method, path, headers, body))
        self.answers.append(answer)
        return answer

    @property
    def csrf(self):
        cookies = [each.headers.get("set-cookie", "") for each in reversed(self.answers)]
        found = [re.search(r"csrftoken=([^;]+)", cookie) for cookie in cookies]
        return next((match[1] for match in found if match), "")


def filled_in(page, path):
    """What the first form of the page that goes to `path`, or back to itself, says without anybody typing."""
    for attributes, form in FORM.findall(page):
        if f'action="{path}"' in attributes or "action=" not in attributes:
            return dict(HIDDEN.findall(form))
    raise ValueError(f"the page has no form that goes to {path}")


async def exchange(port, method, path, headers, body):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body)
    try:
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


def read(raw):
    head, _, body = raw.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for name, _, value in (line.partition(": ") for line in lines):
        headers[name.lower()] = f"{headers[name.lower()]}; {value}" if name.lower() in headers else value
    if headers.get("transfer-encoding") == "chunked":
        raise ValueError("the bench reads whole answers only")
    return Answer(int(status.split()[1]), headers, body.decode(errors="replace"), json.loads(headers[COST]))
