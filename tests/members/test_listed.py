"""A staff list may hold any address: whoever works elsewhere becomes staff by their own word, and no list tells who
has an account."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from members.access import people_to_manage
from members.actions import listed, memberships
from members.models import ListedJob, Membership
from rounds_site.kit.refusals import Refused
from tests.factories.members import (
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    SystemFactory,
)
from tests.members.staff_lists import NOW, compare, counts, take

LINE = "ada@meadow.example,XR1,Somebody Else,Nurse,Main building"


@pytest.fixture
def system(db):
    return SystemFactory(code="QXV")


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(code="XR1", name="Riverbank", system=system, has_staff_list=False)


@pytest.fixture
def meadow(system):
    return OrganisationFactory(code="XR2", name="Meadow", system=system)


@pytest.fixture
def ada(meadow):
    """Works for another partner than the list is of."""
    person = PersonFactory(email="ada@meadow.example", name="Ada", works_for=meadow)
    EmailAddress.objects.create(user=person, email="ada@home.example", verified=True)
    return person


def employers(person):
    return sorted(Membership.objects.filter(person=person, ends_on=None).values_list("organisation__code", flat=True))


def question(person):
    return ListedJob.objects.get(person=person)


def test_whoever_works_elsewhere_is_asked_first(riverbank, ada):
    take(LINE)
    assert (employers(ada), question(ada).organisation, question(ada).declined) == (["XR2"], riverbank, False)
    assert (question(ada).staff_group, question(ada).site.name) == ("nursing", "Main building")


def test_until_they_say_yes_nobody_there_reads_their_name(riverbank, ada):
    administrator = RoleGrantFactory(role="administrator", organisation=riverbank).person
    take(LINE)
    assert ada not in people_to_manage(administrator, now=NOW)
    listed.confirm(job=question(ada), now=NOW)
    assert ada in people_to_manage(administrator, now=NOW)


@pytest.mark.parametrize(
    "address", ["ada@meadow.example", "ada@home.example", "closed@home.example", "no@home.example"]
)
def test_the_preview_is_one_and_the_same_for_any_address_elsewhere(riverbank, ada, address):
    PersonFactory(email="closed@home.example", is_active=False)
    for expected in ((1, 0, 0, 0), (0, 0, 1, 0)):
        told = compare(f"{address},XR1,Somebody,,")
        assert (counts(told), told.warnings, told.names) == (expected, [], {})
        take(f"{address},XR1,Somebody,,")
    assert not compare(f"{address},XR1,Somebody,,").does_something


def test_a_private_address_of_their_own_staff_is_told_by_no_list(riverbank):
    """Not even by who is left out: everybody else would be said to have gone."""
    cleo = PersonFactory(email="cleo@riverbank.example")
    EmailAddress.objects.create(user=cleo, email="cleo@home.example", verified=True)
    MembershipFactory(person=cleo, organisation=riverbank, source="list")
    told = compare("cleo@home.example,XR1,,,")
    assert (counts(told), [each.email for each in told.ended]) == ((1, 0, 0, 1), ["cleo@riverbank.example"])


def test_whoever_moves_within_one_list_is_not_asked(riverbank, ada):
    take("ada@meadow.example,XR2,,,")
    take("ada@meadow.example,XR1,,,", "new@meadow.example,XR2,,,", end_many=True)
    assert (employers(ada), ListedJob.objects.count()) == (["XR1"], 0)


def test_a_yes_makes_them_staff_of_both_as_the_list_says(riverbank, ada):
    take(LINE)
    listed.confirm(job=question(ada), now=NOW)
    job = ada.memberships.get(organisation=riverbank)
    assert (job.source, job.staff_group, job.site.name) == ("list", "nursing", "Main building")
    assert (employers(ada), ListedJob.objects.count()) == (["XR1", "XR2"], 0)
    assert counts(compare(LINE)) == (0, 0, 1, 0)


def test_a_no_is_asked_once_for_as_long_as_the_list_names_them(riverbank, ada):
    take(LINE)
    listed.decline(job=question(ada))
    assert counts(take(LINE)) == (0, 0, 1, 0)
    assert (question(ada).declined, employers(ada)) == (True, ["XR2"])
    take("other@riverbank.example,XR1,,,")
    assert ListedJob.objects.count() == 0


def test_a_faulty_line_takes_no_question_back(riverbank, ada):
    take(LINE)
    take(f"ada@meadow.example,XR1,{'A' * 101},,", "other@riverbank.example,XR1,,,")
    assert question(ada).organisation == riverbank


def test_what_changed_about_the_questions_since_the_preview_is_seen_again(riverbank, ada):
    before = compare(LINE).digest
    take(LINE)
    again = compare(LINE).digest
    ListedJob.objects.update(person=PersonFactory(works_for=ada.memberships.get().organisation))
    assert len({before, again, compare(LINE).digest}) == 3


def test_an_answer_to_a_list_that_names_them_no_more_does_nothing(riverbank, ada):
    take(LINE)
    job = question(ada)
    take("other@riverbank.example,XR1,,,")
    for answer in (lambda: listed.confirm(job=job, now=NOW), lambda: listed.decline(job=job)):
        with pytest.raises(Refused, match=r"^Its list does not name you any more\.$"):
            answer()
    assert employers(ada) == ["XR2"]


def test_whoever_joins_by_themself_is_not_asked_any_more(riverbank, ada):
    take(LINE)
    memberships.employ(person=ada, organisation=riverbank, staff_group="nursing", source="domain", now=NOW)
    assert ListedJob.objects.count() == 0


# --- Added by hand ------------------------------------------------------------------------------------


def add_by_hand(client, riverbank, address):
    """What whoever looks after Riverbank reads when they add somebody with that address."""
    client.force_login(RoleGrantFactory(role="administrator", organisation=riverbank, person__name="Olu").person)
    said = {"name": "Somebody", "email": address, "organisation": "XR1", "staff_group": "nursing"}
    answer = client.post(reverse("manage_person_add"), said, follow=True)
    return answer.redirect_chain, without_tokens(answer, address)


def without_tokens(answer, *said):
    page = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
    for words in said:
        page = page.replace(words, "…")
    return re.sub(r"\d+ (person|people)\.", "", page)


ELSEWHERE = ["ada@meadow.example", "ada@home.example", "closed@home.example", "cleo@home.example"]


@pytest.fixture
def cleo(riverbank):
    """Riverbank's own, with a private address too."""
    person = PersonFactory(email="cleo@riverbank.example", works_for=riverbank)
    EmailAddress.objects.create(user=person, email="cleo@home.example", verified=True)
    return person


@pytest.mark.parametrize("address", ELSEWHERE)
def test_by_hand_too_any_address_elsewhere_gets_one_and_the_same_answer(client, riverbank, ada, cleo, address):
    PersonFactory(email="closed@home.example", is_active=False)
    assert add_by_hand(client, riverbank, address) == add_by_hand(client, riverbank, "nobody@home.example")
    assert (employers(ada), employers(cleo)) == (["XR2"], ["XR1"])


@pytest.mark.parametrize("address", ["ada@meadow.example", "ada@home.example"])
def test_whoever_is_added_by_hand_and_works_elsewhere_is_asked(client, riverbank, ada, address):
    for _ in range(2):
        add_by_hand(client, riverbank, address)
    assert (question(ada).organisation, question(ada).staff_group) == (riverbank, "nursing")
    listed.decline(job=question(ada))
    add_by_hand(client, riverbank, address)
    assert (question(ada).declined, ada.name) == (True, "Ada")


def test_whoever_works_nowhere_is_staff_at_once(client, riverbank):
    """As somebody who began to join and never entered the code, or who left another partner."""
    ben = PersonFactory(email="ben@home.example", name="", verified=False)
    add_by_hand(client, riverbank, ben.email)
    ben.refresh_from_db()
    assert (employers(ben), ben.name, ListedJob.objects.count()) == (["XR1"], "Somebody", 0)
    assert list(EmailAddress.objects.filter(user=ben).values_list("email", "verified")) == [(ben.email, True)]


# --- The question -------------------------------------------------------------------------------------

ASKED = "Do you work for Riverbank too?"


def pages(client):
    return [ASKED in client.get(reverse(name)).text for name in ("home", "your_details")]


def test_they_are_asked_where_they_look_and_answer_with_one_press(client, riverbank, ada):
    take(LINE)
    client.force_login(ada)
    assert pages(client) == [True, True]
    answer = client.post(reverse("answer_list", args=[question(ada).pk]), {"yes": "1"}, follow=True)
    assert "You are staff of Riverbank here now." in answer.text
    assert (employers(ada), pages(client)) == (["XR1", "XR2"], [False, False])


def test_no_is_no(client, riverbank, ada):
    take(LINE)
    client.force_login(ada)
    answer = client.post(reverse("answer_list", args=[question(ada).pk]), {"no": "1"}, follow=True)
    assert "Nobody is told, and we do not ask again." in answer.text
    assert (employers(ada), pages(client)) == (["XR2"], [False, False])


def test_neither_button_is_no_answer(client, riverbank, ada):
    take(LINE)
    client.force_login(ada)
    client.post(reverse("answer_list", args=[question(ada).pk]))
    assert (employers(ada), pages(client)) == (["XR2"], [True, True])


def test_nobody_answers_for_another(client, riverbank, ada):
    take(LINE)
    client.force_login(PersonFactory(works_for=riverbank))
    assert client.post(reverse("answer_list", args=[question(ada).pk]), {"yes": "1"}).status_code == 404
    assert employers(ada) == ["XR2"]


def test_of_a_partner_that_has_left_nobody_is_asked(client, riverbank, ada):
    take(LINE)
    riverbank.system_edges.update(ends_on=timezone.localdate())
    client.force_login(ada)
    assert pages(client) == [False, False]
