"""What the pack does beyond NHS.UK's own examples."""

from datetime import date

from crispy_forms.utils import render_crispy_form
from django import forms
from django.template import Context, Template

from rounds_site.kit import fields
from rounds_site.kit.rendering import Field, Question, form_helper


class Booking(fields.Form):
    name = forms.CharField(widget=forms.TextInput({"placeholder": "Your name"}), max_length=40)
    how = fields.RadioField(label="How will you come?", choices=[("here", "In person"), ("online", "Online")])
    link = forms.CharField(required=False)
    on = fields.SplitDateField(what="the day", label="When?")
    button = "Book my place"

    def layout(self):
        return ["name", Field("how", reveals={"online": "link"}), "on"]


def render(source, **context):
    return Template("{% load crispy_forms_tags nhsuk %}" + source).render(Context(context))


def test_no_placeholder_no_maxlength_no_required_and_no_asterisk():
    html = render("{% crispy form %}", form=Booking())
    assert [word for word in ("placeholder", "maxlength", " required", "*") if word in html] == []
    assert "novalidate" in html


def test_what_is_not_required_says_so_and_what_is_does_not():
    html = render("{{ form|crispy }}", form=Booking())
    assert html.count("(optional)") == 1


def test_a_form_may_leave_optional_unsaid():
    form = Booking()
    form.mark_optional = False
    assert "(optional)" not in render("{{ form|crispy }}", form=form)


def test_a_revealed_field_is_hidden_until_its_choice_is_made():
    hidden = 'class="nhsuk-radios__conditional nhsuk-radios__conditional--hidden" id="conditional-id_how_1"'
    open_ = 'class="nhsuk-radios__conditional" id="conditional-id_how_1"'
    assert hidden in render("{% crispy form %}", form=Booking())
    assert open_ in render("{% crispy form %}", form=Booking({"how": "online"}))


def test_the_summary_links_each_error_to_the_first_box_to_mend():
    form = Booking({"name": "", "on_day": "4", "on_year": "2027"})
    html = render("{{ form|as_crispy_errors }}", form=form)
    links = [part.split('"')[0] for part in html.split('href="#')[1:]]
    assert links == ["id_name", "id_how_0", "id_on_1"]
    assert "The day must include a month" in html


def test_the_summary_is_drawn_once_on_a_page_however_often_it_is_asked_for():
    form = Booking({})
    html = render("{% error_summary form %}{{ form|as_crispy_errors }}{% crispy form %}", form=form)
    assert html.count("There is a problem") == 1


def test_a_refusal_stands_in_the_summary_without_a_link():
    form = Booking({"name": "Ben", "how": "here", "on_day": "4", "on_month": "Aug", "on_year": "2027"})
    form.add_error(None, "The last place went while you were reading. You can join the waiting list.")
    html = render("{% error_summary form %}", form=form)
    assert "The last place went" in html
    assert "<a " not in html


def test_what_someone_typed_is_escaped_everywhere():
    form = Booking({"name": "<script>", "how": "<b>", "on_day": "<i>", "on_month": '"', "on_year": "2027"})
    html = render("{% crispy form %}", form=form)
    assert [tag for tag in ("<script>", "<b>", "<i>", '"""') if tag in html] == []


def test_only_the_wrong_box_of_a_date_is_marked():
    html = render("{{ form.on|as_crispy_field }}", form=Booking({"on_day": "4", "on_month": "8", "on_year": "27"}))
    assert html.count("nhsuk-input--error") == 1
    assert 'id="id_on_2" name="on_year" type="text" value="27"' in html


def test_a_date_given_at_first_fills_its_boxes():
    html = render("{{ form.on|as_crispy_field }}", form=Booking(initial={"on": date(2027, 8, 4)}))
    assert [f'value="{part}"' in html for part in (4, 8, 2027)] == [True, True, True]


def test_one_question_is_the_heading_of_its_page():
    form = Booking()
    html = render_crispy_form(form, form_helper(Question("how"), button="Continue", csrf=False))
    assert html.count("<h1") == 1
    assert "nhsuk-fieldset__legend--l" in html


def test_a_form_without_csrf_token_for_pages_without_cookies():
    html = render_crispy_form(Booking(), form_helper("name", csrf=False), {"csrf_token": "secret"})
    assert "secret" not in html
