"""A person at a browser: goes to pages, fills in forms by their labels, presses buttons by their words; and what every
page that they meet must be."""

import re
from urllib.parse import urlsplit

from django.core import mail
from playwright.sync_api import expect

from tests.browser.scenery import private_words

CODE = re.compile(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", re.MULTILINE)
DESKTOP, PHONE, NARROWEST = 1280, 375, 320
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# axe itself is put into every document by the fixture `visit`; only what is wrong comes back.
BREACHES = """async (rules) => {
  const answer = await axe.run({ runOnly: { type: "tag", values: rules }, resultTypes: ["violations"] });
  return answer.violations.map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map((each) => each.target)}`);
}"""


class Visitor:
    """`go`, `press`, `follow` and the like return the visitor. Any page that answers with an error fails."""

    def __init__(self, page, url, *, width=DESKTOP):
        self.page, self.url, self.width = page, url, width
        self.resize(width)
        page.on("response", self._heed)
        self.refused = []

    def _heed(self, response):
        if response.status >= 400:
            self.refused.append(f"{response.status} at {response.url}")

    def resize(self, width):
        self.page.set_viewport_size({"width": width, "height": 900})
        return self

    def go(self, path):
        self.page.goto(self.url + path)
        return self._arrived()

    def again(self):
        """The same page, as it is by now."""
        self.page.reload()
        return self._arrived()

    def press(self, words, **options):
        self.page.get_by_role("button", name=words, **options).first.click()
        return self._arrived()

    def follow(self, words, *, within="main"):
        self.page.locator(within).get_by_role("link", name=words).first.click()
        return self._arrived()

    def _arrived(self):
        self.page.wait_for_load_state()
        assert self.refused == []
        return self

    def choose(self, *labels):
        """Radios and checkboxes. Their inputs are drawn by their labels."""
        for label in labels:
            self.page.get_by_label(label, exact=True).check(force=True)
        return self

    def enter(self, **fields):
        """Into fields by their names, as two dates on one page have labels in common."""
        for name, value in fields.items():
            self.page.locator(f"main [name={name}]:not([type=hidden])").fill(str(value))
        return self

    def pick(self, **fields):
        for name, label in fields.items():
            self.page.locator(f"main [name={name}]").select_option(label=label)
        return self

    def date(self, name, day):
        return self.enter(**{f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year})

    def reads(self, *sentences):
        for sentence in sentences:
            expect(self.page.get_by_role("main")).to_contain_text(sentence)
        return self

    def misses(self, *sentences):
        for sentence in sentences:
            expect(self.page.get_by_role("main")).not_to_contain_text(sentence)
        return self

    def sent(self):
        """At the door: all that was tapped has come back as the server knows it."""
        expect(self.page.locator("[data-rd-waits]")).to_have_count(0, timeout=15_000)
        expect(self.page.locator("[data-rd-connection]")).to_contain_text("Connected", timeout=15_000)
        return self

    def search(self, words):
        self.page.get_by_role("searchbox").fill(words)
        return self.press("Search")

    def sign_in(self, email):
        """By the code in the letter that comes at once."""
        self.enter(email=email).press("Send me a code").is_right()
        code = CODE.search([letter for letter in mail.outbox if letter.to == [email]][-1].body)[1]
        return self.enter(code=code).press("Continue")

    def open_up(self, words):
        """What is folded away under these words."""
        self.page.locator("summary").filter(has_text=words).first.click()
        return self

    def arrives(self, path):
        """Where a script leads, once the device has answered."""
        self.page.wait_for_url(self.url + path)
        return self._arrived()

    @property
    def path(self):
        return self.page.url.removeprefix(self.url)

    def is_refused(self, path, status):
        """Not by `go`, for which such an answer is a fault."""
        assert self.page.request.get(self.url + path, max_redirects=0).status == status, path
        return self

    def words(self):
        """All that the page says, without its header and footer."""
        return self.page.get_by_role("main").inner_text()

    def is_right(self):
        """What holds of every page, at the width it has."""
        found = faults(self.page)
        assert found == [], "\n".join(found)
        return self


def faults(page):
    """Everything that is wrong with the page as it stands, in words; nothing of it may be wrong anywhere."""
    found = [*wrong_heads(page), *words_in_the_tab(page), *scrolls_sideways(page)]
    found += page.evaluate(BREACHES, RULES)
    return [f"{page.url} at {page.viewport_size['width']}: {fault}" for fault in found]


def wrong_heads(page):
    headings = page.locator("h1").count()
    if headings != 1:
        yield f"{headings} headings of the first level"
    if page.locator("html").get_attribute("lang") != "en-GB":
        yield "its language is not said"
    if not page.title().removesuffix(": Rounds portal").strip():
        yield "its tab has no title"


def words_in_the_tab(page):
    """A history and a shared screen tell what stands in tabs and addresses: never a Round's title or a name."""
    parts = urlsplit(page.url)
    seen = f"{page.title()} {parts.path}?{parts.query}".lower()
    return [f"its tab or address says “{words}”" for words in private_words() if words.lower() in seen]


def scrolls_sideways(page):
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    if wide > seen:
        yield f"it is {wide} wide and scrolls sideways"
