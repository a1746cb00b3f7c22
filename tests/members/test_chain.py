"""The chain of the security log, and everything that a burglar might do to it."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.actions import chain, retention
from members.actions.audit import record
from members.chain import Head
from members.models import ChainAnchor, Delivery, SecurityEvent
from members.models.audit import KEPT_FOR, Act
from tests.factories.members import PersonFactory, RoleGrantFactory, SystemFactory
from tests.members import burglary

pytestmark = pytest.mark.django_db

NOW = timezone.now()
WELL = "Nothing was changed, removed, put in or moved."


@pytest.fixture(autouse=True)
def heads(settings, tmp_path):
    settings.AUDIT_HEADS_DIR = tmp_path / "heads"
    return settings.AUDIT_HEADS_DIR / "heads.jsonl"


@pytest.fixture
def log():
    """Six sealed rows, of which the first four are exported."""
    write(4)
    chain.seal_all()
    chain.export_head(now=NOW)
    write(2)
    chain.seal_all()


def write(count, at=NOW, **said):
    with transaction.atomic():
        for number in range(count):
            record(Act.ROLE_GIVEN, by=None, now=at, about=f"about {number}", **said or {"role": "mentor"})


def check(capsys, **options):
    """What the command says, and whether it found a fault."""
    try:
        call_command("verify_audit", **options)
    except CommandError as error:
        return [*capsys.readouterr().out.splitlines(), str(error)], error.returncode
    return capsys.readouterr().out.splitlines(), 0


def test_a_log_as_it_was_written(log, capsys):
    write(1)
    assert check(capsys) == (
        ["Checked 6 rows, number 1 to 6, and 1 exported heads.", "1 waiting to be sealed.", WELL],
        0,
    )


def test_an_empty_log(capsys):
    said, code = check(capsys)
    assert (said[-1], code) == (WELL, 0)
    assert said[0] == "No head was exported yet: that the chain was computed anew would not be found."


@pytest.mark.parametrize(
    "change",
    [
        {"act": Act.ROLE_ENDED},
        {"at": NOW - dt.timedelta(seconds=1)},
        {"about": "somebody else"},
        {"said": {"role": "sponsor"}},
        {"by": "00000000-0000-0000-0000-000000000001"},
        {"where": "00000000-0000-0000-0000-000000000001"},
        {"digest": "0" * 64},
    ],
)
def test_a_row_that_was_altered(log, capsys, change):
    burglary.break_in()
    burglary.alter(5, **change)
    said, code = check(capsys)
    assert code == 1
    assert "Row 5 is not as it was sealed, or not in its place." in said


def test_a_row_that_was_removed(log, capsys):
    burglary.break_in()
    burglary.rows().filter(number=2).delete()
    assert "Row 2 is missing." in check(capsys)[0]
    burglary.renumber({3: 2, 4: 3, 5: 4, 6: 5})
    said, code = check(capsys)
    assert (code, said[1]) == (1, "Row 2 is not as it was sealed, or not in its place.")


def test_a_row_that_was_put_in(log, capsys):
    burglary.break_in()
    burglary.renumber({5: 6, 6: 7})
    SecurityEvent.objects.create(act=Act.ROLE_GIVEN, at=NOW, number=5, digest="a" * 64)
    assert "Row 5 is not as it was sealed, or not in its place." in check(capsys)[0]


def test_a_row_that_was_put_in_late_and_sealed_by_the_worker_itself(log, capsys):
    write(1, at=NOW - dt.timedelta(hours=2))
    chain.seal_all()
    assert "Row 7 was put in later than it says." in check(capsys)[0]


def test_rows_that_changed_places(log, capsys):
    burglary.break_in()
    burglary.renumber({2: 3, 3: 2})
    assert "Row 2 is not as it was sealed, or not in its place." in check(capsys)[0]


def test_the_end_cut_off(log, capsys):
    burglary.break_in()
    burglary.rows().filter(number__gt=3).delete()
    assert any(line.startswith("Row 4 is missing: it is the head exported at ") for line in check(capsys)[0])


def test_altered_and_computed_anew_it_does_not_fit_the_exported_head(log, capsys, tmp_path):
    burglary.break_in()
    burglary.alter(3, said={"role": "sponsor"})
    burglary.compute_anew()
    said, code = check(capsys)
    assert code == 1
    assert said[1].startswith("The chain was computed anew: row 4 differs from the head exported at ")
    empty = tmp_path / "empty"
    empty.touch()
    assert check(capsys, heads=empty)[1] == 0


def test_the_beginning_taken_off_behind_a_moved_anchor(log, capsys):
    fifth = burglary.rows().get(number=5)
    burglary.break_in()
    burglary.rows().filter(number__lte=5).delete()
    ChainAnchor.objects.update(number=5, digest=fifth.digest)
    said, code = check(capsys)
    assert code == 1
    assert said[2].startswith("Row 4, the head exported at ")
    assert said[2].endswith(" was removed before its year was over.")


def test_a_file_of_heads_that_was_altered_or_is_gone(log, heads, capsys):
    heads.write_text(heads.read_text() + "nonsense\n[]\n")
    said, code = check(capsys)
    assert code == 1
    assert said[1:3] == [f"Line {number} of the heads is not as it was exported." for number in (2, 3)]
    heads.unlink()
    assert check(capsys) == ([f"{heads} is not here: nothing to compare the log with."], 1)


def test_the_head_is_exported_once_a_day_and_only_added_to(heads):
    write(1)
    chain.seal_all()
    first = chain.export_head(now=NOW)
    assert chain.export_head(now=NOW) is None
    second = chain.export_head(now=NOW + dt.timedelta(days=1))
    lines = [Head.read(line) for line in heads.read_text().splitlines()]
    assert [(head.number, head.digest, head.at) for head in lines] == [(1, first.digest, NOW)] * 2
    assert lines[1].exported_at == second.exported_at
    assert heads.stat().st_mode & 0o777 == 0o600


def test_the_leads_get_it_by_letter_when_it_has_moved():
    lead = PersonFactory()
    RoleGrantFactory(person=lead, role="governance_lead", system=SystemFactory())
    write(1)
    chain.seal_all()
    exports = [chain.export_head(now=NOW + dt.timedelta(days=days)) for days in (0, 1)]
    write(1)
    chain.seal_all()
    exports.append(chain.export_head(now=NOW + dt.timedelta(days=2)))
    letters = Delivery.objects.order_by("created_at").values_list("person", "about")
    assert list(letters) == [(lead.pk, exports[0].pk), (lead.pk, exports[2].pk)]


def test_after_a_year_rows_leave_from_the_beginning_and_the_rest_is_checked_from_the_anchor(capsys):
    long_ago = NOW - KEPT_FOR - dt.timedelta(days=2)
    for at in (long_ago, long_ago, NOW, long_ago):
        write(1, at=at)
        chain.seal_all()
    chain.export_head(now=long_ago + dt.timedelta(minutes=1))
    assert retention.forget("logs_of_roles", now=NOW) == 2
    assert retention.forget("logs_of_roles", now=NOW) == 0
    assert list(burglary.rows().values_list("number", flat=True)) == [3, 4]
    said, code = check(capsys)
    assert (said[1], said[-1], code) == ("Rows up to number 2 left after their year.", WELL, 0)
    assert ChainAnchor.objects.get().moved_at == NOW
    write(1)
    chain.seal_all()
    assert burglary.rows().last().number == 5


def test_when_all_have_left_the_numbers_go_on(capsys):
    write(2, at=NOW - KEPT_FOR - dt.timedelta(days=2))
    chain.seal_all()
    retention.forget("logs_of_roles", now=NOW)
    write(1)
    chain.seal_all()
    assert [event.number for event in burglary.rows()] == [3]
    assert check(capsys)[1] == 0


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(
        st.dictionaries(
            st.sampled_from(["role", "rows", "was"]),
            st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
            | st.integers(-(2**31), 2**31)
            | st.none()
            | st.booleans(),
            min_size=1,
        ),
        min_size=2,
        max_size=8,
    ),
    data=st.data(),
)
def test_whatever_was_said_holds_and_any_row_taken_out_is_found(said, data, capsys, heads):
    heads.unlink(missing_ok=True)
    with transaction.atomic():
        for facts in said:
            write(1, **facts)
        chain.seal_all()
        chain.export_head(now=NOW)
        told, code = check(capsys)
        assert (told[1:], code) == ([WELL], 0)
        burglary.break_in()
        gone = data.draw(st.integers(1, len(said)))
        burglary.rows().filter(number=gone).delete()
        assert check(capsys)[1] == 1
        burglary.compute_anew()
        assert check(capsys)[1] == 1
        transaction.set_rollback(True)


@pytest.mark.parametrize("count", [1, 3])
def test_what_it_costs(django_assert_num_queries, count):
    chain.seal_all()
    write(count)
    with django_assert_num_queries(7):
        chain.seal_all()


def test_however_many_wait_all_are_sealed(monkeypatch):
    monkeypatch.setattr(chain, "BATCH", 2)
    write(5)
    assert chain.seal_all() == 5
