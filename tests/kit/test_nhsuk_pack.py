"""The template pack draws what NHS.UK frontend's own templates draw, word for word, save ids."""

import json
from pathlib import Path

import pytest
from crispy_forms.utils import render_crispy_form
from django import forms
from django.conf import settings
from django.template.loader import render_to_string

from rounds_site.kit import fields
from rounds_site.kit.rendering import Button, Field, Fieldset, form_helper
from tests.kit.markup import read

COMPONENTS = Path(settings.BASE_DIR) / "node_modules" / "nhsuk-frontend" / "dist" / "nhsuk" / "components"

pytestmark = pytest.mark.skipif(not COMPONENTS.exists(), reason="nhsuk-frontend is not installed: run bin/build-static")


def fixture(component, name):
    """The first example of this name: its context and the HTML that NHS.UK draws from it."""
    listed = json.loads((COMPONENTS / component / "fixtures.json").read_text())["fixtures"]
    found = next(example for example in listed if example["name"] == name)
    return found["context"], found["html"]


def drawn(field, *, bound=True, data=None, **options):
    """The HTML of a form of one field called `example`, without the form's own tags."""
    form = type("Example", (fields.Form,), {"example": field})(data or {} if bound else None)
    form.summary_is_drawn = True
    helper = form_helper(Field("example", **options), button="", tag=False, csrf=False)
    return render_crispy_form(form, helper)


def question(context, **more):
    """Label, hint and error of a fixture as options of a form field."""
    title = (context.get("label") or context["fieldset"]["legend"])["heading"]
    error = context.get("errorMessage", {}).get("text", "")
    hint = context.get("hint", {})
    help_text = hint.get("html") or hint.get("text", "")
    return {"label": title, "help_text": help_text, "error_messages": {"required": error}, **more}


def ids(base, parts=()):
    """What our ids are called in the fixture."""
    ours = {"id_example": base, "id_example_helptext": f"{base}-hint", "id_example_error": f"{base}-error"}
    ours |= {"id_example-info": f"{base}-info"}
    for index, part in enumerate(parts):
        ours[f"id_example_{index}"] = part
        ours[f"id_example_{index}-item-hint"] = f"{part}-item-hint"
        ours[f"conditional-id_example_{index}"] = f"conditional-{part}"
    return ours


def item_ids(context):
    base = context["idPrefix"]
    return ids(base, [base, *(f"{base}-{n}" for n in range(2, len(context["items"]) + 1))])


def choices(context):
    return [(item["value"], item["text"]) for item in context["items"]]


def test_text_with_hint_and_error():
    context, expected = fixture("input", "with error message and hint")
    field = forms.CharField(
        **question(context), widget=forms.TextInput({"spellcheck": "false", "inputmode": "numeric"})
    )
    html = drawn(field, size="l", heading=True, width=10, css_class="nhsuk-input--code")
    assert read(html, ids("with-hint-error")) == read(expected)


def test_text_with_prefix_and_suffix():
    context, expected = fixture("input", "with prefix and suffix")
    html = drawn(
        forms.CharField(label=context["label"]["heading"]), bound=False, prefix="£", suffix="per item", width=5
    )
    expected_without_heading = [token for token in read(expected) if "h1" not in token[0]]
    assert read(html, ids("with-prefix-suffix")) == expected_without_heading


def test_textarea_with_hint_and_error():
    context, expected = fixture("textarea", "with error message and hint")
    html = drawn(forms.CharField(**question(context), widget=forms.Textarea({"rows": 5})), size="l", heading=True)
    assert read(html, ids("with-hint-error")) == read(expected)


def test_a_limited_textarea_counts_its_characters():
    context, expected = fixture("character-count", "with error message and hint")
    asked = question(context, max_length=350)
    asked["error_messages"] = {"max_length": context["errorMessage"]["text"]}
    field = forms.CharField(**asked, widget=forms.Textarea({"rows": 5}))
    html = drawn(field, data={"example": context["value"]}, size="l", heading=True)
    assert read(html, ids("with-error-message")) == read(expected)


def test_select_with_hint_and_error():
    context, expected = fixture("select", "with error message and hint")
    field = forms.ChoiceField(**question(context), choices=choices(context))
    html = drawn(field, size="l", heading=True)
    assert read(html, ids("with-hint-error"), ignored=("aria-invalid", "selected")) == read(expected)


def test_password_with_hint_and_error():
    context, expected = fixture("password-input", "with error message and hint")
    widget = forms.PasswordInput({"autocomplete": "current-password"})
    html = drawn(forms.CharField(**question(context), widget=widget), size="l", heading=True)
    assert read(html, ids("with-error-message")) == read(expected)


@pytest.mark.parametrize(("component", "kind"), [("radios", fields.RadioField), ("checkboxes", fields.CheckboxesField)])
def test_choices_with_hint_and_error(component, kind):
    context, expected = fixture(component, "with error message and hint")
    html = drawn(kind(**question(context), choices=choices(context)), size="l", heading=True)
    assert read(html, item_ids(context)) == read(expected)


def test_radios_with_hints_on_items():
    context, expected = fixture("radios", "with hints on items")
    hints = {item["value"]: item["hint"]["text"] for item in context["items"]}
    field = fields.RadioField(**question(context), choices=choices(context), item_hints=hints)
    assert read(drawn(field, bound=False, size="l", heading=True), item_ids(context)) == read(expected)


def test_date_with_hint_and_error():
    context, expected = fixture("date-input", "with error message and hint")
    field = fields.SplitDateField(
        label=context["fieldset"]["legend"]["heading"], help_text=context["hint"]["text"], what="your date of birth"
    )
    names = {f"example_{part}": part for part in ("day", "month", "year")}
    ours = ids("example", [f"example-{part}" for part in ("day", "month", "year")]) | names
    assert read(drawn(field, size="l", heading=True), ours) == read(expected)


def test_fieldset():
    context, expected = fixture("fieldset", "default")
    legend = context["legend"]
    form = fields.Form()
    helper = form_helper(Fieldset(legend["heading"], size="l", heading=True), button="", tag=False, csrf=False)
    assert read(render_crispy_form(form, helper)) == read(expected)


def test_button_that_takes_one_click():
    context, expected = fixture("button", "with double click prevented")
    helper = form_helper(Button(context["text"]), button="", tag=False, csrf=False)
    assert read(render_crispy_form(fields.Form(), helper)) == read(expected)


def test_error_summary():
    context, expected = fixture("error-summary", "with multiple errors")
    errors = [(error["text"], error["href"].removeprefix("#")) for error in context["errorList"]]
    assert read(render_to_string("nhsuk/summary.html", {"errors": errors})) == read(expected)


def test_error_summary_without_a_link():
    context, expected = fixture("error-summary", "without error link")
    errors = [(error["text"], "") for error in context["errorList"]]
    assert read(render_to_string("nhsuk/summary.html", {"errors": errors})) == read(expected)


def test_panel():
    context, expected = fixture("panel", "default")
    html = render_to_string("components/panel.html", {"title": context["heading"]["text"], "words": context["text"]})
    assert read(html) == read(expected)


def test_summary_list():
    context, expected = fixture("summary-list", "with actions")
    rows = [
        {
            "key": row["key"]["text"],
            "value": "…",
            "change_url": "#/change",
            "changes": row["actions"]["items"][0]["visuallyHiddenText"],
        }
        for row in context["rows"]
    ]
    shown = [token for token in read(render_to_string("components/summary_list.html", {"rows": rows})) if token != "…"]
    values = (
        "Karen Francis",
        "15 March 1984",
        "73 Roman Rd",
        "Leeds",
        "LS2 5ZN",
        "07700 900362",
        "karen.francis@example.com",
    )
    wanted = [token for token in read(expected) if token not in values and token[0] not in ("br", "p", "/p")]
    assert shown == wanted
