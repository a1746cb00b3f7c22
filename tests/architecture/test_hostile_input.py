"""Corpora of hostile input on every route: addresses of others to lead to, hosts that are not ours, broken headers,
cells that a spreadsheet would run."""

import csv
import io
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings

from members.models import Organisation, Person, Place
from rounds.models import Round
from tests.architecture.asking import address_of, ask, client_of
from tests.architecture.expected import ROUTES

pytestmark = pytest.mark.django_db(databases=["default", "box"])

EVIL = "evil.example"
ELSEWHERE = [
    f"https://{EVIL}/",
    f"//{EVIL}/",
    f"///{EVIL}/",
    f"/\\{EVIL}/",
    f"\\\\{EVIL}",
    f"https:{EVIL}",
    f"http:///{EVIL}",
    f"%2f%2f{EVIL}",
    f"\t//{EVIL}/",
    f" https://{EVIL}",
    f"https://127.0.0.1@{EVIL}/",
    f"javascript:alert('{EVIL}')",
    f"data:text/html,{EVIL}",
    f"/%0d%0aLocation:%20https://{EVIL}/",
]
LEADS_ON = ["next", "redirect", "return", "url", "leads_to"]
BROKEN = ["a\r\nSet-Cookie: stolen=1", "a\nX-Stolen: 1", "\0", "a" * 20_000, "\ud7ff\U0001f300", "%00%0d%0a"]
FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", '=HYPERLINK("https://evil.example")', "＝1+1"]
HOSTS = [EVIL, f"{EVIL}:80", f"127.0.0.1.{EVIL}", f"127.0.0.1@{EVIL}", "", "127.0.0.1\t" + EVIL]
ASKERS = ["anonymous", "runs it", "administrator, system", "ics_lead, same"]


@pytest.mark.parametrize("asker", ASKERS)
def test_nobody_is_led_to_another_site(asker, realm, figures):
    client = client_of(realm.askers[asker])
    tried = [(key, target) for number, key in enumerate(ROUTES) for target in targets_for(key, number)]
    followed = []
    for number, (key, target) in enumerate(tried):
        address = with_query(address_of(key, realm), **{LEADS_ON[number % len(LEADS_ON)]: target, "next": target})
        answers = [ask(client, method, address, {"next": target}) for method in ("GET", "POST")]
        followed += [(key, target) for answer in answers if leads_away(answer)]
    figures("hostile input", redirects=2 * len(tried))
    assert followed == []


def targets_for(key, number):
    """All of them where signing in leads on, elsewhere each in its turn."""
    leads_on = key.startswith(("account", "join", "invited", "session", "sign"))
    return ELSEWHERE if leads_on else ELSEWHERE[number % len(ELSEWHERE) :][:2]


def leads_away(response):
    location = response.headers.get("Location", "")
    return bool(location) and not (location.startswith("/") and location[1:2] not in ("/", "\\"))


def with_query(address, **said):
    return address + ("&" if "?" in address else "?") + urlencode(said)


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_that_is_not_ours_gets_nothing(host, realm):
    client = client_of(realm.askers["runs it"])
    for key in ("home", "round_poster", "round_page", "join"):
        response = client.get(address_of(key, realm), headers={"host": host})
        assert response.status_code == 400, key
        assert EVIL not in response.content.decode()


def test_whole_addresses_are_made_from_our_own_host_alone(realm):
    client, whole = client_of(realm.askers["runs it"]), settings.PORTAL_URL
    for key, ours in (("round_invitations", whole), ("round_poster", urlsplit(whole).netloc)):
        page = client.get(address_of(key, realm), headers={"x-forwarded-host": EVIL}).content.decode()
        assert EVIL not in page
        assert ours in page, key


@pytest.mark.parametrize("asker", ASKERS)
def test_broken_words_break_no_header_and_no_page(asker, realm, figures):
    client = client_of(realm.askers[asker])
    wrong = []
    asked = [(key, words) for number, key in enumerate(ROUTES) for words in broken_for(asker, number)]
    for key, words in asked:
        response = ask(
            client, "GET", with_query(address_of(key, realm), q=words, name=words, code=words, half_year=words)
        )
        if response.status_code >= 500 and key != "readyz":
            wrong.append((key, words[:10], response.status_code))
        if any("\r" in value or "\n" in value or "tolen" in name for name, value in response.headers.items()):
            wrong.append((key, words[:10], "a broken header"))
    figures("hostile input", broken_words=len(asked))
    assert wrong == []


def broken_for(asker, number):
    """Two for each route, by each asker others."""
    return [BROKEN[(number + ASKERS.index(asker) + shift) % len(BROKEN)] for shift in (0, len(BROKEN) // 2)]


def test_no_file_holds_a_cell_that_a_spreadsheet_would_run(realm, figures):
    asked = [(asker, key) for asker in ("administrator, system", "ics_lead, same", "runs it") for key in ROUTES]
    files = [each for each in asked if is_csv(answer_of(*each, realm))]
    assert len(files) > 5
    for formula in FORMULAS:
        for model, name in ((Organisation, "name"), (Place, "name"), (Person, "name"), (Round, "title")):
            model.objects.update(**{name: formula})
        cells = [cell for each in files for cell in cells_of(answer_of(*each, realm))]
        figures("hostile input", cells=len(cells))
        assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "＝")] == [], formula
        assert any(formula.strip()[1:] in cell for cell in cells), formula


def answer_of(asker, key, realm):
    return ask(client_of(realm.askers[asker]), "GET", address_of(key, realm))


def is_csv(response):
    return response.headers.get("Content-Type", "").startswith("text/csv")


def cells_of(response):
    content = b"".join(response) if response.streaming else response.content
    return [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")) for cell in row]
