"""The pages and the command by which past Rounds come in."""

import csv
import io
import re

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from evaluation.actions import past_questions
from evaluation.models import Questionnaire
from members.models import Upload
from rounds.models import Round
from tests.evaluation.past import FIRST, HEAD, NOW, OFFICIAL, SECOND, WORDS, take
from tests.factories.members import OrganisationFactory, PersonFactory, RoleGrantFactory, SystemFactory


@pytest.fixture
def system(db):
    return SystemFactory(code="QXV", name="North Vale System", short_name="North Vale")


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(code="XR1", name="Riverbank", system=system)


# --- Pages and command ---


FILE, PREVIEW = "/manage/imports/past-rounds/", "/manage/imports/past-rounds/preview/"
ACCEPT, FAULTS = "/manage/imports/past-rounds/accept/", "/manage/imports/past-rounds/faults.csv"


@pytest.fixture
def lead(client, system):
    person = RoleGrantFactory(role="ics_lead", system=system).person
    client.force_login(person)
    return person


def send(client, *lines, head=HEAD, name="rounds.csv", said=None):
    content = "\n".join([head, *lines, ""]).encode()
    with time_machine.travel(NOW, tick=False):
        return client.post(FILE, {"file": SimpleUploadedFile(name, content), **(said or {"by": "own"})}, follow=True)


def text(response):
    return re.sub(r"\s+", " ", response.content.decode())


def digest_in(response):
    return re.search(r'name="digest" value="(\w+)"', response.content.decode())[1]


@pytest.fixture
def at_noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.usefixtures("at_noon")
def test_a_list_is_previewed_then_accepted(client, lead, riverbank):
    response = send(client, FIRST, SECOND, "4/3/2026,,,online,,,,,,,")
    page = text(response)
    for words in (
        "2 new, 0 unchanged, 0 left alone, 1 faulty line.",
        "<b>Line 4</b> <span>There is no title. Add it.</span>",
        "<b>Thrown in at the deep end</b> <span>4 March 2026, Riverbank, about 45 people. Answers of",
        "<b>The night shift</b> <span>10 June 2026, whole system, fewer than 8 people. Fewer than",
    ):
        assert words in page
    assert Round.objects.count() == 0
    response = client.post(ACCEPT, {"digest": digest_in(response)}, follow=True)
    assert response.redirect_chain[-1][0] == "/figures/ics-qxv/"
    assert "Imported: 2 past Rounds. They stand in the figures now." in text(response)
    assert (Round.objects.count(), Upload.objects.count()) == (2, 0)
    assert "There is no list to import any more." in text(client.post(ACCEPT, {"digest": "x"}, follow=True))


@pytest.mark.usefixtures("at_noon")
def test_whoever_may_not_see_figures_is_led_elsewhere(client, system, riverbank):
    client.force_login(RoleGrantFactory(role="administrator", system=system).person)
    response = client.post(ACCEPT, {"digest": digest_in(send(client, FIRST))}, follow=True)
    assert response.redirect_chain[-1][0] == "/manage/imports/"


@pytest.mark.usefixtures("at_noon")
def test_official_words_wait_with_the_file(client, lead, system):
    head = "Date,Title,Format,Headcount,Forms,joy 5"
    response = send(client, "4/3/2026,T,online,20,10,8", head=head, said=OFFICIAL)
    assert "It was a joy" in text(response)
    assert Questionnaire.objects.count() == 0
    client.post(ACCEPT, {"digest": digest_in(response)})
    assert Questionnaire.objects.get().name == "The licensor's form"
    assert "The licensor&#x27;s form, version 1" in text(client.get(FILE))


@pytest.mark.usefixtures("at_noon")
@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"by": ""}, "Say what the forms asked"),
        ({"by": "nothing"}, "Select one of the choices"),
        ({"by": "other"}, "Enter what the form is called"),
        (OFFICIAL | {"permission_note": ""}, "Enter who gave permission to use its words"),
        (OFFICIAL | {"questions": "insight"}, "Line 1 must read: heading | the words of the question | scale"),
    ],
)
def test_what_the_forms_asked_must_be_said(client, lead, said, sentence):
    response = send(client, FIRST, said=said)
    assert (response.status_code, sentence in text(response)) == (200, True)
    assert "<title>Error: Import past Rounds: " in response.content.decode()
    assert Upload.objects.count() == 0


@pytest.mark.usefixtures("at_noon")
def test_a_list_whose_questions_went_meanwhile_is_chosen_anew(client, lead, system, riverbank):
    asked = past_questions.asked(system=system, **OFFICIAL).questionnaire()
    send(client, "4/3/2026,T,online,20,10,8", head="Date,Title,Format,Headcount,Forms,joy 5", said={"by": asked.pk})
    assert Upload.objects.count() == 1
    asked.is_draft = True
    asked.save()
    for answer in (client.get(PREVIEW, follow=True), client.post(ACCEPT, {"digest": "x"}, follow=True)):
        assert "There is no list to import any more." in text(answer)
    assert client.get(FAULTS).status_code == 302


@pytest.mark.usefixtures("at_noon")
def test_markup_and_formulas_in_a_file_are_words(client, lead, riverbank):
    title = '<script>alert("x")</script>'
    written = io.StringIO()
    csv.writer(written).writerows(
        [["4/3/2026", "", title, "online", "", "20", "", "", "", "", ""], ["=1+1", "", "T", "online", *[""] * 7]]
    )
    response = send(client, written.getvalue(), head=f"{HEAD},<script>alert")
    assert "<script>alert" not in response.content.decode()
    rows = list(csv.reader(io.StringIO(client.get(FAULTS).content.decode("utf-8-sig"))))
    assert rows == [["Line", "What to do"], ["3", "“=1+1” is not a date like 4/3/2026. Correct it."]]
    response = client.post(ACCEPT, {"digest": digest_in(response)}, follow=True)
    assert "<script>alert" not in response.content.decode()


@pytest.mark.usefixtures("at_noon")
def test_the_list_to_fill_in_reads_as_a_list(client, lead, system):
    template = client.get("/manage/imports/past-rounds/template.csv").content.decode("utf-8-sig")
    assert "1 new, 0 unchanged, 0 left alone, 0 faulty lines." in text(send(client, head=template))


@pytest.mark.parametrize("role", ["facilitator", "sponsor", "steering_group", "governance_lead", "mentor"])
def test_other_roles_and_staff_import_nothing(client, system, riverbank, role):
    pages = (FILE, PREVIEW, FAULTS, "/manage/imports/past-rounds/template.csv")
    for person in (RoleGrantFactory(role=role, system=system).person, PersonFactory(works_for=riverbank)):
        client.force_login(person)
        assert {client.get(page).status_code for page in pages} == {403}
        assert client.post(ACCEPT, {"digest": "x"}).status_code == 403
    client.force_login(RoleGrantFactory(role="administrator", organisation=riverbank).person)
    assert {client.get(page).status_code for page in pages} == {403}


def run(*arguments):
    told = io.StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("import_past_rounds", *map(str, arguments), stdout=told)
    return told.getvalue().splitlines()


def test_the_command_previews_and_only_then_imports(system, riverbank, tmp_path):
    file = tmp_path / "rounds.csv"
    file.write_text("\n".join([HEAD, FIRST, "soon,,T,online,,,,,,,", ""]))
    lines = run(file, "--icb", "qxv", "--asked", "own")
    assert lines == [
        "+ 4 March 2026  Thrown in at the deep end",
        "! line 3: “soon” is not a date like 4/3/2026. Correct it.",
        "1 new, 0 unchanged, 0 left alone, 1 faulty lines.",
        "Nothing was imported. Add --accept to import this.",
    ]
    assert Round.objects.count() == 0
    assert run(file, "--icb", "QXV", "--asked", "own", "--accept")[-1] == "Imported."
    assert Round.objects.count() == 1


def test_the_command_with_official_words(system, tmp_path):
    file, words = tmp_path / "rounds.csv", tmp_path / "form.txt"
    file.write_text("Date,Title,Format,Headcount,Forms,joy 5\n4/3/2026,T,online,20,10,8\n")
    words.write_text(WORDS)
    about = ["--icb", "QXV", "--questions", words, "--name", "The form", "--permission", "By letter"]
    assert run(file, *about, "--accept")[-1] == "Imported."
    assert run(file, "--icb", "QXV", "--asked", "the-form")[0] == "0 new, 1 unchanged, 0 left alone, 0 faulty lines."
    SystemFactory(code="QYY")
    with pytest.raises(CommandError, match="There is no questionnaire the-form"):
        run(file, "--icb", "QYY", "--asked", "the-form")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--icb", "QZZ", "--asked", "own"], "There is no system QZZ in this portal. Begin it with manage.py begin."),
        (["--icb", "QXV", "--asked", "theirs"], "There is no questionnaire theirs."),
        (
            ["--icb", "QXV", "--questions", __file__],
            "Say with --name what the form is called, and with --permission who permitted it.",
        ),
    ],
)
def test_the_command_says_what_it_cannot_do(system, arguments, sentence):
    with pytest.raises(CommandError) as error:
        run(__file__, *arguments)
    assert str(error.value) == sentence


@pytest.mark.usefixtures("at_noon")
def test_an_administrator_finds_nothing_to_do_at_a_past_round(client, system, riverbank):
    take(system, FIRST)
    client.force_login(RoleGrantFactory(role="administrator", system=system).person)
    round = Round.objects.get()
    assert "<span>Wednesday 4 March 2026. Closed</span>" in text(client.get("/organise/"))
    for page in ("", "details/"):
        response = client.get(f"/organise/rounds/{round.pk}/{page}")
        assert (response.status_code, "Needs you" in text(response)) == (200, False)
