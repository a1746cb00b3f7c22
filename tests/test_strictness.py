"""The nets under the tests hold: each is shown a fault that it must catch."""

import socket

import pytest
from django.contrib.contenttypes.models import ContentType
from django.template import Context, Origin, engines
from django.template.base import Template
from pytest_socket import SocketConnectBlockedError

from tests.strictness import OUR_TEMPLATES, UndefinedVariable


def rendered(source, name=f"{OUR_TEMPLATES}/page.html", **context):
    engine = engines["django"].engine
    return Template(source, Origin(name), name, engine).render(Context(context))


@pytest.mark.parametrize(
    "source", ["{{ title }}", "{{ round.title }}", "{{ title|upper }}", "{% with t=title %}{% endwith %}"]
)
def test_an_undefined_variable_in_our_templates_fails(source):
    with pytest.raises(UndefinedVariable, match=r"is not defined in .*page\.html"):
        rendered(source)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ title|default:'none' }}", "none"),
        ("{% if title %}yes{% else %}no{% endif %}", "no"),
        ("{% for each in titles %}{% empty %}none{% endfor %}", "none"),
    ],
)
def test_what_may_be_left_out_may_be_asked_for(source, expected):
    assert rendered(source) == expected


def test_templates_of_other_packages_are_left_in_peace():
    assert rendered("[{{ title }}]", name="/usr/lib/python3/allauth/page.html") == "[]"


@pytest.mark.django_db
def test_rows_without_an_order_come_shuffled():
    rows = ContentType.objects.all()
    orders = {tuple(row.pk for row in rows.all()) for _ in range(10)}
    assert len(orders) > 1
    assert len({tuple(row.pk for row in rows.order_by("pk")) for _ in range(10)}) == 1


@pytest.mark.django_db
def test_shuffling_leaves_other_questions_alone():
    names = ContentType.objects.values("app_label").distinct()
    assert ContentType.objects.filter(app_label__in=names).count() == ContentType.objects.count()
    assert ContentType.objects.exists() is True
    assert ContentType.objects.filter(pk__in=ContentType.objects.all()[:2]).count() == 2


def test_no_test_reaches_beyond_this_machine():
    # As a warning first, which is an error here.
    with socket.socket() as far, pytest.raises((SocketConnectBlockedError, UserWarning), match=r"192\.0\.2\.1"):
        far.connect(("192.0.2.1", 80))
