"""No form answers with a sentence of the framework, and each takes a number as it is written: every Form class of the
three apps, given what it refuses."""

import re
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict

from members.forms.organisations import StaffNumbersForm
from members.models import Organisation
from rounds.forms.panel import OrderForm
from rounds_site.kit.fields import Form, KindWords, NumberField
from rounds_site.kit.wording import WORN_OUT

STOCK = re.compile(
    r"This field|Ensure |Select a valid|Enter a valid|Enter a whole|Enter a list|Enter a complete|is not a valid"
    r"|is not one of|No file|submitted file|Null characters|either submit"
)
WRONG = [
    "",
    "x" * 20_000,
    "wrong",
    "-5",
    "9" * 30,
    "\0",
    "99999999",
    SimpleUploadedFile("l" * 300 + ".csv", b""),
    ["wrong", "\0"],
]


def modules():
    for app in ("members", "rounds", "evaluation"):
        for path in sorted(Path(settings.BASE_DIR, app, "forms").glob("*.py")):
            yield import_module(f"{app}.forms.{path.stem}" if path.stem != "__init__" else f"{app}.forms")


def form_classes():
    found = {
        each
        for module in modules()
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, forms.BaseForm) and each.__module__ == module.__name__
    }
    return sorted(found, key=lambda each: (each.__module__, each.__name__))


def bare(form_class):
    """A bound form with the fields that the class declares, however the class is made."""
    form = form_class.__new__(form_class)
    forms.BaseForm.__init__(form, MultiValueDict())
    form._errors, form.cleaned_data = forms.utils.ErrorDict(), {}
    return form


def answers(form):
    for name, field in form.fields.items():
        if isinstance(field, forms.ModelChoiceField) and field.queryset is None:
            field.queryset = Organisation.objects.none()
        for value in WRONG:
            try:
                field.clean(value)
            except forms.ValidationError as error:
                form.add_error(name, error)
            except (TypeError, AttributeError, ValueError):
                continue  # not what this field's widget ever hands over
    return [sentence for sentences in form.errors.values() for sentence in sentences]


def test_there_are_forms_to_walk():
    assert len(form_classes()) >= 40


@pytest.mark.parametrize("form_class", form_classes(), ids=lambda each: f"{each.__module__}.{each.__name__}")
@pytest.mark.django_db
def test_no_form_says_a_sentence_of_the_framework(form_class):
    assert issubclass(form_class, KindWords)
    said = answers(bare(form_class))
    assert [sentence for sentence in said if STOCK.search(sentence)] == []
    assert said or not [each for each in form_class.base_fields.values() if each.required]


def test_fields_that_a_form_makes_itself_are_spoken_for_too():
    said = answers(StaffNumbersForm(MultiValueDict()))
    assert [sentence for sentence in said if STOCK.search(sentence)] == []


def typed_numbers(form):
    visible = [each for each in form.fields.values() if not each.widget.is_hidden]
    return [each for each in visible if type(each) is forms.IntegerField or isinstance(each, NumberField)]


@pytest.mark.parametrize("form_class", form_classes(), ids=lambda each: f"{each.__module__}.{each.__name__}")
def test_whoever_types_a_number_may_set_its_thousands_apart_and_no_arrows_change_it(form_class):
    found = typed_numbers(bare(form_class))
    assert [each for each in found if not isinstance(each, NumberField)] == []
    assert [each for each in found if isinstance(each.widget, forms.NumberInput)] == []


def test_a_turn_on_the_panel_too():
    [turn] = typed_numbers(OrderForm(round=None, storytellers=[SimpleNamespace(pk=1, person="Olga")]))
    assert isinstance(turn, NumberField)
    assert not isinstance(turn.widget, forms.NumberInput)


class Everything(Form):
    name = forms.CharField(label="Your name", min_length=3, max_length=5)
    number = forms.IntegerField(min_value=1, max_value=2_000)
    choice = forms.ChoiceField(label="Which one?", choices=[("a", "A")])
    agreed = forms.BooleanField(label="They agreed")
    email = forms.EmailField()
    key = forms.UUIDField(widget=forms.HiddenInput)
    moment = forms.DateTimeField(label="When")
    own = forms.CharField(error_messages={"required": "Say it"})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("name", "", "Fill in “Your name”"),
        ("name", "abcdef", "“Your name” must be 5 characters or fewer"),
        ("name", "a", "“Your name” must be 3 characters or more"),
        ("name", "ab\0c", "Leave out characters that cannot be seen"),
        ("number", "0", "“Number” must be 1 or more"),
        ("number", "2001", "“Number” must be 2,000 or fewer"),
        ("number", "many", "“Number” must be a whole number, like 12"),
        ("choice", "", "Choose an answer for “Which one?”"),
        ("choice", "b", "Choose from what is offered for “Which one?”"),
        ("agreed", "", "Tick “They agreed”"),
        ("email", "x", "Enter an email address in the correct format, like name@example.com"),
        ("key", "x", WORN_OUT),
        ("key", "", WORN_OUT),
        ("moment", "x", "“When” could not be understood. Look at it again"),
        ("own", "", "Say it"),
    ],
)
def test_each_is_said_with_the_name_of_its_field(name, value, sentence):
    assert Everything({name: value}).errors[name] == [sentence]
