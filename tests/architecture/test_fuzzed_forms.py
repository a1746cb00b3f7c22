"""Every form of every address, filled in by Hypothesis with what nobody meant: no error page, nothing half done, and
what was typed is still there beside the refusal.

Which fields a form has is heard from the view itself, when it is handed an empty one and a whole one, and read from its
page. The same values are drawn at every run; FUZZ_EXAMPLES=500 draws more of them for each form.
"""

import os
import re
import unicodedata
from contextlib import contextmanager
from dataclasses import fields as fields_of
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction
from django.db.models import Model
from django.http import QueryDict
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from members.models import Organisation, Place
from tests.architecture.asking import address_of, ask, client_of
from tests.architecture.expected import ASKERS, IN, ROUTES

pytestmark = pytest.mark.django_db(databases=["default", "box"])

ANY = hypothesis_settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "5")),
    derandomize=True,
    database=None,
    deadline=None,
    # A failure says what was sent; to look for the smallest of its kind would take minutes.
    phases=[Phase.generate],
    # Whatever a request changes is taken back.
    suppress_health_check=list(HealthCheck),
)
MAY_MOST = ["runs it", "administrator, system", "administrator, same", "ics_lead, same", *ASKERS]
HOSTILE = [
    *("", " ", "\0", "a\0b", "\r\n", "\t", "-1", "0", "-0.0", "1e309", "NaN", "٣", "½", "on", "None", "[]", "{}"),
    *("9" * 20, "9" * 5000, "-" + "9" * 30, "x" * 100_000, "é" * 3000, "\u202e", "\ufeff", "e" + "\u0301" * 500),
    *("2026-13-45", "9999-12-31", "0001-01-01", "31/12/9999", "24:00", "25:61", "99", "10000000000000"),
    *("<script>alert(1)</script>", "{{ 7*7 }}{% x %}", "' OR 1=1 --", "../../etc/passwd", "%00", "a@b", "@" * 300),
    *("a@" + "b" * 300 + ".example", "=1+1", "javascript:alert(1)", "00000000-0000-0000-0000-000000000000"),
]
LETTERS = st.characters(exclude_categories=["Cs"])
WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)", re.IGNORECASE)
# That somebody was there, and that they opened a list of people.
WRITTEN_WHATEVER_IS_TYPED = {"django_session", "members_careentry"}
SUMMARY = "nhsuk-error-summary"
TYPED = {"text", "email", "tel", "url", "search", "number", "textarea"}


def who_may_post(key):
    return next((asker for asker in MAY_MOST if ROUTES[key].post[asker] == IN), None)


FORMS = {key: asker for key in ROUTES if (asker := who_may_post(key))}


# --- What a form asks for -----------------------------------------------------------------------


class Page(HTMLParser):
    """`fields` are what its forms to that address hold: {name: (kind, [values])}."""

    def __init__(self, text, address):
        super().__init__()
        self.fields, self._area = {}, None
        self._address, self._goes_there = address.partition("?")[0], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self._goes_there = said.get("action", "").partition("?")[0] in ("", self._address)
        if self._goes_there:
            self._take(tag, said)

    def _take(self, tag, said):
        if tag == "textarea" and "name" in said:
            self._area = said["name"]
            self.fields[self._area] = ("textarea", [""])
        if tag == "select" and "name" in said:
            self.fields.setdefault(said["name"], ("select", []))
        if tag == "input" and "name" in said:
            kind = said.get("type", "text")
            _, values = self.fields.setdefault(said["name"], (kind, []))
            if kind not in ("radio", "checkbox") or "checked" in said:
                values.append(said.get("value") or "")

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = None

    def handle_data(self, data):
        if self._area:
            kind, [before] = self.fields[self._area]
            self.fields[self._area] = (kind, [before + data])


@contextmanager
def heard():
    """The names for which a form that was sent is asked meanwhile."""
    names = set()
    with pytest.MonkeyPatch.context() as patch:
        for method in ("__getitem__", "__contains__", "getlist"):
            patch.setattr(QueryDict, method, listening(getattr(QueryDict, method), names))
        yield names


def listening(whole, names):
    def asked(sent, name, *rest):
        if isinstance(name, str):
            names.add(name)
        return whole(sent, name, *rest)

    return asked


def text_of(response):
    return "" if response.streaming else response.content.decode("utf-8", "replace")


def form_of(key, realm, client):
    """(names of all fields, what stands in the form before anybody types)"""
    page = ask(client, "GET", address_of(key, realm))
    shown = Page(text_of(page), address_of(key, realm)).fields if page.status_code == 200 else {}
    whole = {name: values for name, (kind, values) in shown.items() if kind != "file"} | ROUTES[key].data(realm)
    with heard() as names:
        ask(client, "POST", address_of(key, realm), {})
        ask(client, "POST", address_of(key, realm), whole)
    return sorted(names | set(shown) | set(whole)), whole


def keys_of_others(realm):
    held = [getattr(realm, each.name) for each in fields_of(realm)] + list(realm.askers.values())
    return sorted({str(each.pk) for each in held if isinstance(each, Model)})


def one_value(others):
    return st.one_of(
        st.sampled_from(HOSTILE),
        st.text(LETTERS, max_size=30),
        st.integers().map(str),
        st.dates().map(str),
        st.sampled_from(others),
        st.binary(max_size=30).map(lambda content: SimpleUploadedFile("a.csv", content)),
    )


def filled_in(names, whole, others):
    """Some fields as they stand, some with hostile values, some several times, some not at all."""
    wrong = st.dictionaries(st.sampled_from(names or ["x"]), st.lists(one_value(others), max_size=2), min_size=1)
    return wrong.map(lambda drawn: {name: values for name, values in {**whole, **drawn}.items() if values != []})


# --- What became of it --------------------------------------------------------------------------


class Kept:
    """The tables to which something was written that was not taken back to a savepoint."""

    def __init__(self):
        self.written, self._savepoints = [], {}

    def __call__(self, execute, sql, params, many, context):
        words = sql.split()
        if words[0] == "SAVEPOINT":
            self._savepoints[words[1]] = len(self.written)
        elif words[:2] == ["ROLLBACK", "TO"]:
            del self.written[self._savepoints[words[-1]] :]
        elif found := WRITES.match(sql):
            self.written.append(found[1])
        return execute(sql, params, many, context)


@contextmanager
def watched():
    kept = Kept()
    with connections["default"].execute_wrapper(kept), connections["box"].execute_wrapper(kept):
        yield kept


def ask_watched(client, address, sent):
    """As ``ask``; what was written is looked at before it is taken back."""
    before = {}
    with watched() as kept:
        whole = client.post

        def posted(*arguments):
            answer = whole(*arguments)
            before["written"] = list(kept.written)
            return answer

        client.post = posted
        try:
            response = ask(client, "POST", address, sent)
        finally:
            del client.post
    return response, before["written"]


def lost_typing(text, address, sent):
    """The fields beside a refusal that hold something else than was typed there once."""
    for name, (kind, values) in Page(text, address).fields.items():
        typed = sent.get(name)
        once = typed if isinstance(typed, str) else typed[0] if isinstance(typed, list) and len(typed) == 1 else None
        if kind in TYPED and isinstance(once, str) and len(values) == 1 and plain(values[0]) != plain(once):
            yield name, once[:40], values[0][:40]


def plain(words):
    """Without what nobody sees, which a form leaves out (``rounds_site.kit.fields``)."""
    seen = "".join(letter for letter in words if letter in "\t\r\n" or not unicodedata.category(letter).startswith("C"))
    return " ".join(seen.split())


@pytest.fixture
def form(request, realm):
    """(client of somebody who may send it, its address, the names of its fields, what stands in it)"""
    key = request.param
    client = client_of(realm.askers[FORMS[key]])
    return client, address_of(key, realm), *form_of(key, realm, client)


@pytest.mark.parametrize("form", FORMS, indirect=True)
@ANY
@given(data=st.data())
def test_whatever_is_sent_is_refused_in_words_or_taken_whole(data, form, realm, figures):
    client, address, names, whole = form
    sent = data.draw(filled_in(names, whole, keys_of_others(realm)))
    response, written = ask_watched(client, address, sent)
    text, refused = text_of(response), SUMMARY in text_of(response)
    figures("fuzzed forms", sent=1, refused=refused)
    assert response.status_code < 500, text[-300:]
    if refused:
        assert set(written) <= WRITTEN_WHATEVER_IS_TYPED
        assert list(lost_typing(text, address, sent)) == []


class TestTheNets:
    """Each is shown what it must catch."""

    def test_what_was_written_is_seen_and_what_was_taken_back_is_not(self, realm):
        with watched() as kept:
            Place.objects.update(name="Elsewhere")
            with transaction.atomic():
                Organisation.objects.update(name="Elsewhere")
                transaction.set_rollback(True)
        assert kept.written == ["members_place"]

    def test_typing_that_a_page_has_lost_is_seen(self):
        page = '<form><input name="a" value="kept"><textarea name="b">\nkept</textarea><input name="c" value=""></form>'
        other = '<form action="/other/"><input name="d" value=""></form>'
        sent = {"a": "kept", "b": ["kept"], "c": ["lost"], "d": "of another form"}
        assert list(lost_typing(page + other, "/here/", sent)) == [("c", "lost", "")]
