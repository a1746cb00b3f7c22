"""A person at a browser without JavaScript: reads pages, fills in forms by the names of their fields, presses buttons
by their words."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

from tests.running import wait_until
from tests.sessions import app_code

CODE = re.compile(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", re.MULTILINE)


@dataclass
class PageForm:
    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    """The forms of a page with what stands in them, its links, and its words."""

    def __init__(self, html):
        super().__init__()
        self.forms, self.links, self.words = [], {}, []
        self._form = self._button = self._link = self._area = self._select = None
        self._option = None
        self.feed(html)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self._form = PageForm(given.get("action") or "", (given.get("method") or "get").lower())
            self.forms.append(self._form)
        elif tag == "a" and "href" in given:
            self._link = (given["href"], [])
        elif self._form is not None:
            self._take(tag, given)

    def _take(self, tag, given):
        name, value = given.get("name"), given.get("value") or ""
        if tag == "button" or (tag == "input" and given.get("type") == "submit"):
            self._button = (name, value, [])
        elif tag == "input" and name:
            chosen = given.get("type") not in ("radio", "checkbox") or "checked" in given
            if chosen and given.get("type") != "file":
                self._form.fields.append((name, value))
        elif tag == "textarea" and name:
            self._area = (name, [])
        elif tag == "select" and name:
            self._select = [name, None]
        elif tag == "option" and self._select and (self._select[1] is None or "selected" in given):
            self._select[1] = value

    def handle_data(self, data):
        self.words.append(data)
        for holder in (self._button, self._link, self._area):
            if holder:
                holder[-1].append(data)

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "a" and self._link:
            self.links[_words(self._link[1])] = self._link[0]
            self._link = None
        elif tag == "button" and self._button and self._form is not None:
            name, value, words = self._button
            self._form.buttons[_words(words)] = (name, value)
            self._button = None
        elif tag == "textarea" and self._area:
            self._form.fields.append((self._area[0], "".join(self._area[1]).removeprefix("\n")))
            self._area = None
        elif tag == "select" and self._select:
            self._form.fields.append((self._select[0], self._select[1] or ""))
            self._select = None


def _words(parts):
    return " ".join("".join(parts).split())


class Visitor:
    """`go`, `press` and `follow` return the visitor; `text` is what they read now. Any page that is an error fails."""

    def __init__(self, url, relay=None, email=""):
        self.url, self.relay, self.email = url, relay, email
        self.session = requests.Session()
        self.at = self.text = self.source = ""
        self._page = None

    def go(self, path, *, status=200):
        return self._read(self.session.get(urljoin(self.url, path), timeout=30), status)

    def follow(self, words):
        """The first link whose words begin with these."""
        found = [href for said, href in self._page.links.items() if said.startswith(words)]
        assert found, f"no link “{words}” at {self.at}: {list(self._page.links)}"
        return self.go(urljoin(self.at, found[0]))

    def press(self, words, *, status=200, **typed):
        """Press the button that begins with these words, having typed into the fields of its form by name.

        A list fills several boxes of one name; None leaves a field out.
        """
        form, button = self._form_with(words)
        data = [(name, value) for name, value in form.fields if name not in typed]
        for name, value in typed.items():
            values = value if isinstance(value, list) else [value]
            data += [(name, each) for each in values if each is not None]
        if button[0]:
            data.append(button)
        address = urljoin(self.at, form.action)
        if form.method == "get":
            return self._read(self.session.get(address, params=data, timeout=30), status)
        return self._read(self.session.post(address, data=data, headers={"Referer": self.at}, timeout=60), status)

    def buttons(self):
        return [words for form in self._page.forms for words in form.buttons]

    def fields(self):
        return sorted({name for form in self._page.forms for name, _ in form.fields})

    def sign_in(self):
        """By the code that is sent to their address."""
        before = len(self.relay.to(self.email))
        self.go("/account/login/").press("Send me a code", email=self.email)
        wait_until(lambda: len(self.relay.to(self.email)) > before, seconds=20, what="a sign-in code")
        self.enter_code(self.relay.to(self.email)[-1])
        return self.set_up_app() if "You hold a role here" in self.text else self

    def set_up_app(self):
        """Whoever holds a role and has no second step yet gets no further."""
        self.follow("Set it up")
        secret = re.search(r"<code>([A-Z2-7]+)</code>", self.source)[1]
        self.press("Use this app", code=app_code(secret)).reads("Your codes on paper")
        return self.follow("I have kept them: go on")

    def enter_code(self, letter):
        code = CODE.search(letter.text)
        assert code, letter.text
        return self.press("Continue", code=code[1])

    def _form_with(self, words):
        for form in self._page.forms:
            for said, button in form.buttons.items():
                if said.startswith(words):
                    return form, button
        raise AssertionError(f"no button “{words}” at {self.at}: {self.buttons()}\n{self.text}")

    def _read(self, response, status):
        self.at = response.url
        assert response.status_code == status, f"{response.status_code} at {response.url}\n{response.text[:2000]}"
        self.source = response.text
        self._page = _Reader(self.source)
        self.text = self._page.text
        return self

    def reads(self, *sentences):
        missing = [each for each in sentences if each not in self.text]
        assert not missing, f"not at {self.at}: {missing}\n{self.text}"
        return self
