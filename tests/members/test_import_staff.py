"""What a staff list changes: new, changed, unchanged, ended; who is asked first; that nothing is done unseen."""

import io
from datetime import date, timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from members.actions import invitations, memberships, people, retention, staff_imports, uploads
from members.models import Delivery, Membership, Person, Site, StaffCount, Upload
from rounds_site.kit.refusals import Refused
from tests.factories.members import (
    JoinLinkFactory,
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    RoleGrantFactory,
    StaffCountFactory,
    SystemFactory,
)
from tests.members.staff_lists import NOW, compare, counts, listed, take

TODAY = date(2027, 3, 3)


@pytest.fixture
def system(db):
    return SystemFactory(code="QXV")


@pytest.fixture
def riverbank(system):
    return OrganisationFactory(code="XR1", name="Riverbank", system=system, has_staff_list=False)


def work(email, on=TODAY):
    """(staff group, site, source) of everything this person does on that day."""
    rows = Membership.objects.in_force(on).filter(person__email=email)
    return sorted(rows.order_by().values_list("staff_group", "site__name", "source"))


THREE = (
    "ada@riverbank.example,XR1,Ada,Nurse,Main building",
    "ben@riverbank.example,XR1,Ben,Porter,Laundry",
    "cleo@riverbank.example,XR1,,,",
)


# --- New ----------------------------------------------------------------------------------------------


def test_looking_writes_nothing(riverbank):
    told = compare(*THREE)
    assert (counts(told), Person.objects.count(), Site.objects.count()) == ((3, 0, 0, 0), 0, 0)


def test_new_people_can_sign_in_and_nobody_is_written_to(riverbank):
    take(*THREE)
    assert set(Person.objects.values_list("email", "name")) == {
        ("ada@riverbank.example", "Ada"),
        ("ben@riverbank.example", "Ben"),
        ("cleo@riverbank.example", ""),
    }
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == 3
    assert not any(person.has_usable_password() for person in Person.objects.all())
    assert (Delivery.objects.count(), mail.outbox) == (0, [])


def test_where_they_work_from_today(riverbank):
    take(*THREE)
    assert work("ada@riverbank.example") == [("nursing", "Main building", "list")]
    assert work("ben@riverbank.example") == [("estates", "Laundry", "list")]
    assert work("cleo@riverbank.example") == [("not_said", None, "list")]
    assert work("ada@riverbank.example", on=TODAY - timedelta(days=1)) == []


def test_the_partner_has_a_staff_list_from_then_on_and_its_numbers_are_counted(riverbank):
    take(*THREE)
    riverbank.refresh_from_db()
    assert riverbank.has_staff_list is True
    numbers = StaffCount.objects.values_list("staff_group", "number", "counted_on", "source")
    assert set(numbers) == {(group, 1, TODAY, "counted") for group in ("nursing", "estates", "not_said")}


def test_a_group_that_has_gone_is_counted_as_none(riverbank):
    StaffCountFactory(organisation=riverbank, staff_group="science", number=9)
    take(*THREE)
    assert StaffCount.objects.get(staff_group="science", counted_on=TODAY).number == 0


def test_one_person_may_work_for_two(riverbank, system):
    OrganisationFactory(code="XR2", system=system)
    take("ada@riverbank.example,XR1,Ada,Nurse,", "ada@riverbank.example,XR2,Ada N,Doctor,")
    assert Person.objects.get().name == "Ada"
    assert work("ada@riverbank.example") == [("medical", None, "list"), ("nursing", None, "list")]


def test_whoever_has_an_account_keeps_it(riverbank):
    ada = PersonFactory(email="ada@riverbank.example", name="")
    take(*THREE)
    ada.refresh_from_db()
    assert (ada.name, ada.memberships.count(), ada.emailaddress_set.count()) == ("Ada", 1, 1)


def test_an_address_that_was_never_confirmed_is_proven_by_the_employer(riverbank):
    begun = people.add_person(email="ada@riverbank.example", trusted=False)
    bare = PersonFactory(email="ben@riverbank.example", verified=False)
    take(*THREE)
    for person in (begun, bare):
        assert list(person.emailaddress_set.values_list("email", "verified")) == [(person.email, True)]


def test_staff_whose_address_changed_are_found_by_the_one_they_proved_beside_it(riverbank):
    ada = PersonFactory(email="ada.old@riverbank.example", name="Ada", works_for=riverbank)
    EmailAddress.objects.create(user=ada, email="ada@riverbank.example", verified=True)
    told = take("ada.old@riverbank.example,XR1,,,", *THREE)
    assert (counts(told), told.warnings) == ((2, 0, 2, 0), [])
    assert list(ada.memberships.values_list("organisation__code", flat=True)) == ["XR1"]
    assert Person.objects.filter(email="ada@riverbank.example").count() == 0


def test_a_closed_account_is_left_alone(riverbank):
    ada = PersonFactory(email="ada@riverbank.example", is_active=False)
    MembershipFactory(person=ada, organisation=riverbank, source="list")
    told = take(*THREE)
    assert [each.sentence for each in told.warnings] == [
        "ada@riverbank.example has a closed account, which is left alone."
    ]
    assert (counts(told), ada.memberships.filter(ends_on=None).count()) == ((2, 0, 0, 0), 1)


def test_aliases_are_said_and_never_merged(riverbank):
    MembershipFactory(person__email="cleo@riverbank.example", organisation=riverbank, source="added")
    PersonFactory(email="dev@riverbank.example")
    told = take(
        "ada@riverbank.example,XR1,,,",
        "ada+rounds@riverbank.example,XR1,,,",
        "cleo+x@riverbank.example,XR1,,,",
        "dev+x@riverbank.example,XR1,,,",
    )
    both = "Both are kept as two people."
    assert [(each.number, each.sentence) for each in told.warnings] == [
        (3, f"ada+rounds@riverbank.example may be the person of ada@riverbank.example. {both}"),
        (4, f"cleo+x@riverbank.example may be the person of cleo@riverbank.example. {both}"),
    ]
    assert Membership.objects.count() == 5


# --- Again --------------------------------------------------------------------------------------------


def test_a_second_time_changes_nothing(riverbank):
    take(*THREE)
    told = take(*THREE)
    assert (counts(told), told.does_something) == ((0, 0, 3, 0), False)
    assert (Person.objects.count(), Membership.objects.count(), StaffCount.objects.count()) == (3, 3, 3)


def test_what_the_list_says_anew_is_taken_over(riverbank):
    take(*THREE)
    told = take(
        "ada@riverbank.example,XR1,Ada Nolan,Doctor,main BUILDING",
        "ben@riverbank.example,XR1,Ben,Porter,Main building",
        "cleo@riverbank.example,XR1,,Nurse,",
    )
    assert counts(told) == (0, 3, 0, 0)
    assert Person.objects.get(email="ada@riverbank.example").name == "Ada Nolan"
    assert work("ada@riverbank.example") == [("medical", "Main building", "list")]
    assert work("ben@riverbank.example") == [("estates", "Main building", "list")]
    assert work("cleo@riverbank.example") == [("nursing", None, "list")]
    assert Site.objects.count() == 2


def test_sites_are_made_that_the_preview_named_and_no_others(riverbank, system):
    OrganisationFactory(code="XR2", system=system)
    take(*THREE)
    ada = Person.objects.get(email="ada@riverbank.example")
    memberships.set_site(membership=ada.memberships.get(), site=riverbank.sites.create(name="The annexe"))
    told = take(
        "ada@riverbank.example,XR1,Ada,Doctor,Her own is another",
        "ben@riverbank.example,XR1,Ben,Porter,East wing",
        "cleo@riverbank.example,XR1,,,the annexe",
        "dev@riverbank.example,XR1,,,EAST wing",
        "eve@riverbank.example,XR2,,,Laundry",
    )
    assert told.new_sites == [("XR1", "East wing", 2), ("XR2", "Laundry", 1)]
    sites = set(Site.objects.values_list("organisation__code", "name"))
    assert sites == {("XR1", name) for name in ("Main building", "Laundry", "The annexe", "East wing")} | {
        ("XR2", "Laundry")
    }


def test_a_column_that_is_missing_or_empty_takes_nothing_away(riverbank):
    take(*THREE)
    told = take("ada@riverbank.example,XR1,,,", "ben@riverbank.example,XR1,,,", "cleo@riverbank.example,XR1,,,")
    assert counts(told) == (0, 0, 3, 0)


def test_what_people_said_themselves_stands_over_the_list(riverbank):
    take(*THREE)
    ada = Person.objects.get(email="ada@riverbank.example")
    people.rename(person=ada, name="Ada Lovelace")
    memberships.set_staff_group(membership=ada.memberships.get(), staff_group="science")
    memberships.set_site(membership=ada.memberships.get(), site=riverbank.sites.create(name="The annexe"))
    told = take("ada@riverbank.example,XR1,Ada King,Nurse,Main building", *THREE[1:])
    ada.refresh_from_db()
    assert (counts(told), ada.name) == ((0, 0, 3, 0), "Ada Lovelace")
    assert work(ada.email) == [("science", "The annexe", "list")]


def test_nobody_is_renamed_by_a_partner_beside_their_own(riverbank, system):
    elsewhere = OrganisationFactory(code="XR2", system=system)
    ada = PersonFactory(email="ada@riverbank.example", name="Ada", works_for=elsewhere)
    for counted in ((3, 0, 0, 0), (0, 0, 3, 0)):
        assert counts(take("ada@riverbank.example,XR1,Somebody Else,,", *THREE[1:])) == counted
    ada.refresh_from_db()
    assert ada.name == "Ada"


def test_whoever_joined_by_a_link_is_on_the_list_from_now_on(riverbank):
    ada = PersonFactory(email="ada@riverbank.example")
    link = JoinLinkFactory(organisation=riverbank)
    invitations.join(person=ada, token=link.token, name="Ada", staff_group="medical", now=NOW)
    told = take(*THREE)
    assert counts(told) == (2, 1, 0, 0)
    assert [source for _, _, source in work("ada@riverbank.example")] == ["list"]


# --- Ended --------------------------------------------------------------------------------------------


def test_whoever_is_not_on_the_list_any_more_stops_being_staff_there(riverbank):
    take(*THREE)
    later = NOW + timedelta(days=30)
    told = take(*THREE[:2], now=later)
    assert (counts(told), [each.email for each in told.ended]) == ((0, 0, 2, 1), ["cleo@riverbank.example"])
    cleo = Membership.objects.get(person__email="cleo@riverbank.example")
    assert (cleo.ends_on, Person.objects.count()) == (later.date(), 3)


def test_who_comes_back_comes_back(riverbank):
    take(*THREE)
    take(*THREE[:2])
    told = take(*THREE)
    assert (counts(told), len(work("cleo@riverbank.example"))) == ((1, 0, 2, 0), 1)


def test_only_people_of_the_list_and_of_its_partners_end(riverbank, system):
    elsewhere = OrganisationFactory(code="XR2", system=system)
    kept = [
        MembershipFactory(organisation=elsewhere, source="list"),
        MembershipFactory(organisation=riverbank, source="joined"),
        MembershipFactory(organisation=riverbank, source="added"),
    ]
    take(*THREE)
    assert Membership.objects.filter(pk__in=[each.pk for each in kept], ends_on=None).count() == 3


def test_a_faulty_line_ends_nobody_whom_it_names(riverbank):
    take(*THREE)
    told = take(*THREE[:2], f"cleo@riverbank.example,XR1,{'C' * 101},,")
    assert (counts(told), len(told.faults)) == ((0, 0, 2, 0), 1)


def test_roles_of_those_who_left_are_named_and_end(riverbank, system):
    take(*THREE)
    cleo = Person.objects.get(email="cleo@riverbank.example")
    grant = RoleGrantFactory(person=cleo, role="facilitator", system=system)
    told = take(*THREE[:2])
    assert told.roles_ending == [f"cleo@riverbank.example: Facilitator, {system}"]
    grant.refresh_from_db()
    assert grant.ends_on == TODAY


def test_the_last_administrator_stays_one_whatever_a_list_says(riverbank, system):
    take(*THREE)
    cleo = Person.objects.get(email="cleo@riverbank.example")
    grant = RoleGrantFactory(person=cleo, role="administrator", system=system)
    told = take(*THREE[:2])
    assert (told.roles_ending, told.roles_staying) == ([], [f"cleo@riverbank.example: Administrator, {system}"])
    grant.refresh_from_db()
    assert grant.ends_on is None


def test_who_moves_to_another_partner_of_the_list_keeps_their_role(riverbank, system):
    OrganisationFactory(code="XR2", name="Meadow", system=system)
    take(*THREE)
    cleo = Person.objects.get(email="cleo@riverbank.example")
    RoleGrantFactory(person=cleo, role="facilitator", system=system)
    told = take(*THREE[:2], THREE[2].replace("XR1", "XR2"))
    assert (told.total.ended, told.roles_ending) == (1, [])
    assert cleo.role_grants.get().ends_on is None


@pytest.mark.parametrize(("left", "asks"), [(1, False), (2, True), (3, True)])
def test_a_list_that_ends_half_of_the_staff_asks_first(riverbank, left, asks):
    four = [f"p{n}@riverbank.example,XR1,,," for n in range(4)]
    take(*four)
    told = compare(*four[left:])
    assert bool(told.to_confirm) is asks
    if asks:
        with pytest.raises(staff_imports.EndsMany, match=r"^This would end half the staff list of Riverbank"):
            take(*four[left:])
        assert Membership.objects.filter(ends_on=None).count() == 4
    take(*four[left:], end_many=asks)
    assert Membership.objects.filter(ends_on=None).count() == 4 - left


def test_it_is_asked_for_each_partner_by_itself(riverbank, system):
    small = OrganisationFactory(code="XR2", name="Quarry Lane", system=system)
    many = [f"p{n}@riverbank.example,XR1,,," for n in range(20)]
    take(*many, "a@quarry.example,XR2,,,", "b@quarry.example,XR2,,,")
    assert [each.organisation for each in compare(*many, "a@quarry.example,XR2,,,").to_confirm] == [small]


# --- All or nothing, and nothing unseen ---------------------------------------------------------------


def test_what_changed_since_the_preview_is_not_accepted_unseen(riverbank):
    told = compare(*THREE)
    MembershipFactory(person__email="ada@riverbank.example", organisation=riverbank, source="added")
    with pytest.raises(Refused) as refusal:
        staff_imports.accept(told.staff_list, organisations=[riverbank], digest=told.digest, now=NOW)
    assert (str(refusal.value), Person.objects.count()) == (staff_imports.CHANGED, 1)


def test_a_site_that_went_since_the_preview_is_not_made_unseen(riverbank):
    for name in ("Main building", "Laundry"):
        riverbank.sites.create(name=name)
    told = compare(*THREE)
    riverbank.sites.get(name="Laundry").delete()
    with pytest.raises(Refused) as refusal:
        staff_imports.accept(told.staff_list, organisations=[riverbank], digest=told.digest, now=NOW)
    assert (str(refusal.value), Site.objects.count()) == (staff_imports.CHANGED, 1)


def test_somebody_who_joins_in_that_very_moment_undoes_it_all(riverbank, monkeypatch):
    """Between comparing and writing an account appears: here it does so inside the comparison."""
    told = compare(*THREE)
    compared = staff_imports.compare

    def overtaken(*args, **options):
        again = compared(*args, **options)
        Person.objects.bulk_create([Person(email="cleo@riverbank.example")])
        return again

    monkeypatch.setattr(staff_imports, "compare", overtaken)
    with pytest.raises(Refused, match=r"^The people or their sites changed since you looked\."):
        staff_imports.accept(told.staff_list, organisations=[riverbank], digest=told.digest, now=NOW)
    assert (Person.objects.count(), Membership.objects.count(), Site.objects.count()) == (0, 0, 0)


def test_as_many_statements_for_three_as_for_sixty(riverbank):
    def statements(number):
        lines = [f"p{number}-{n}@riverbank.example,XR1,P{n},Nurse,Laundry" for n in range(number)]
        with CaptureQueriesContext(connection) as captured:
            take(*lines, end_many=True)
        return len(captured)

    statements(1)
    assert statements(3) == statements(60)


# --- Files that wait ----------------------------------------------------------------------------------


def test_a_file_waits_a_day_at_most_and_one_of_a_kind(db):
    ada = PersonFactory()
    uploads.keep(by=ada, kind="staff", name="old.csv", content=b"old", now=NOW)
    kept = uploads.keep(by=ada, kind="staff", name="new.csv", content=b"new", now=NOW + timedelta(hours=1))
    assert list(Upload.objects.all()) == [kept]
    assert retention.forget("uploads", now=NOW + timedelta(hours=24)) == 0
    assert retention.forget("uploads", now=NOW + timedelta(hours=25)) == 1


# --- The command --------------------------------------------------------------------------------------


def run(*arguments):
    told = io.StringIO()
    with time_machine.travel(NOW, tick=False):
        call_command("import_staff", *map(str, arguments), stdout=told)
    return told.getvalue().splitlines()


def test_the_command_previews_and_only_then_imports(riverbank, tmp_path):
    file = tmp_path / "staff.csv"
    file.write_bytes(listed(*THREE, "dev@,XR1,,Wizard,"))
    lines = run(file)
    assert lines == [
        "! line 5: “dev@” is not an email address. Correct it: name@example.com.",
        "? site Main building of XR1, 1 times: new, and would be made",
        "? site Laundry of XR1, 1 times: new, and would be made",
        "XR1  Riverbank: 3 new, 0 changed, 0 unchanged, 0 ended",
        "3 new, 0 changed, 0 unchanged, 0 ended, 1 faulty lines.",
        "Nothing was imported. Add --accept to import this.",
    ]
    assert Person.objects.count() == 0
    assert run(file, "--accept")[-1] == "Imported."
    assert Person.objects.count() == 3


def test_the_command_asks_before_it_ends_many(riverbank, tmp_path):
    take(*THREE)
    file = tmp_path / "staff.csv"
    file.write_bytes(listed(THREE[0]))
    with pytest.raises(CommandError, match=r"Nothing was imported\. Add --end-many if it is meant\.$"):
        run(file, "--accept")
    assert run(file, "--accept", "--end-many")[-1] == "Imported."
    assert Membership.objects.filter(ends_on=None).count() == 1


def test_the_command_says_what_it_cannot_do(riverbank, tmp_path):
    for file, sentence in [
        (tmp_path / "nowhere.csv", f"{tmp_path}/nowhere.csv cannot be read: No such file or directory."),
        (tmp_path, f"{tmp_path} cannot be read: Is a directory."),
    ]:
        with pytest.raises(CommandError) as error:
            run(file)
        assert str(error.value) == sentence


def test_the_command_takes_no_list_of_a_partner_that_left(riverbank, tmp_path):
    riverbank.system_edges.update(ends_on=date(2024, 1, 1))
    file = tmp_path / "staff.csv"
    file.write_bytes(listed(THREE[0]))
    assert "0 new, 0 changed, 0 unchanged, 0 ended, 1 faulty lines." in run(file)
