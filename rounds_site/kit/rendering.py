"""The crispy-forms template pack `nhsuk`: layout objects, and what its templates ask of a field.

Hints are `id_x_helptext` and errors `id_x_error`, because Django's own aria-describedby says so.
"""

from crispy_forms import layout as crispy
from crispy_forms.helper import FormHelper
from crispy_forms.utils import TEMPLATE_PACK
from django import forms
from django.template.loader import render_to_string
from django.utils.text import slugify

# Browsers cut a pasted text at maxlength without a word, and placeholders vanish while one types.
UNWANTED_ATTRIBUTES = {"placeholder": False, "maxlength": False, "minlength": False, "cols": False}


class Field(crispy.Field):
    """One field.

    size          "s", "m", "l" or "xl" of its label or legend
    heading       the label is the page's only h1
    item_hints    {choice value: hint under it}
    reveals       {choice value: name of the field (or layout object) that shows once it is chosen}
    width         2, 3, 4, 5, 10, 20 or 30 characters
    prefix, suffix   words glued to the box
    small, inline    for radios and checkboxes
    optional      False leaves "(optional)" off the label
    """

    def __init__(
        self,
        name,
        *,
        size="",
        heading=False,
        item_hints=None,
        reveals=None,
        width=None,
        prefix="",
        suffix="",
        small=False,
        inline=False,
        optional=True,
        **attributes,
    ):
        super().__init__(name, **attributes)
        self.reveals = reveals or {}
        self.options = {
            "label_size": size or ("l" if heading else ""),
            "label_heading": heading,
            "item_hints": item_hints or {},
            "box_width": width,
            "prefix": prefix,
            "suffix": suffix,
            "small": small,
            "inline": inline,
            "say_optional": optional,
        }

    def render(self, form, context, template_pack=TEMPLATE_PACK, extra_context=None, **kwargs):
        revealed = {
            str(value): crispy.render_field(inner, form, context, template_pack=template_pack)
            for value, inner in self.reveals.items()
        }
        options = (extra_context or {}) | self.options | {"revealed": revealed}
        return super().render(form, context, template_pack, extra_context=options, **kwargs)


class Question(Field):
    """The one question of a page: its label is the page's heading, so the page has no other h1."""

    def __init__(self, name, **options):
        super().__init__(name, heading=True, **options)


class Fieldset(crispy.LayoutObject):
    """Fields under one legend. heading: the legend is the page's h1."""

    def __init__(self, legend, *fields, size="m", heading=False, hint="", css_class=""):
        self.legend, self.fields = legend, list(fields)
        self.size, self.heading, self.hint, self.css_class = size, heading, hint, css_class
        self.hint_id = f"{slugify(legend)}-hint" if hint else ""

    def render(self, form, context, template_pack=TEMPLATE_PACK, **kwargs):
        inside = self.get_rendered_fields(form, context, template_pack, **kwargs)
        return render_to_string(f"{template_pack}/layout/fieldset.html", {"fieldset": self, "inside": inside})


class Details(crispy.LayoutObject):
    """Fields that few need, under a line that opens them. They are open where anything in them is typed or wrong; a
    list to choose from always says something."""

    def __init__(self, summary, *fields):
        self.summary, self.fields = summary, list(fields)

    def render(self, form, context, template_pack=TEMPLATE_PACK, **kwargs):
        bound = [form[pointer.name] for pointer in self.get_field_names()]
        context = {
            "details": self,
            "open": any(each.errors or (each.value() and kind_of(each) != "select") for each in bound),
            "inside": self.get_rendered_fields(form, context, template_pack, **kwargs),
        }
        return render_to_string(f"{template_pack}/layout/details.html", context)


class Button:
    """A button that sends the form. kind: "" green (one a page), "secondary" or "warning"."""

    def __init__(self, text, *, name="", value="", kind=""):
        self.text, self.name, self.value, self.kind = text, name, value, kind

    def render(self, form, context, template_pack=TEMPLATE_PACK, **kwargs):
        return render_to_string(f"{template_pack}/layout/button.html", {"button": self})


class Buttons(crispy.LayoutObject):
    """Buttons and links that belong together, on one line where there is room."""

    def __init__(self, *fields):
        self.fields = list(fields)

    def render(self, form, context, template_pack=TEMPLATE_PACK, **kwargs):
        inside = self.get_rendered_fields(form, context, template_pack, **kwargs)
        return render_to_string(f"{template_pack}/layout/buttons.html", {"inside": inside})


class Link:
    """A link beside a button: the way out."""

    def __init__(self, text, url):
        self.text, self.url = text, url

    def render(self, form, context, template_pack=TEMPLATE_PACK, **kwargs):
        return render_to_string(f"{template_pack}/layout/link.html", {"link": self})


class Words:
    """A template of ours between two fields; it sees the page's whole context."""

    def __init__(self, template_name):
        self.template_name = template_name

    def render(self, form, context, template_pack=TEMPLATE_PACK, **kwargs):
        return render_to_string(self.template_name, context.flatten())


def form_helper(*layout, button="Continue", kind="", method="post", action="", csrf=True, tag=True):
    """A FormHelper with these layout objects and, unless `button` is empty, one button at the end."""
    helper = FormHelper()
    helper.form_method, helper.form_action = method, action
    helper.form_tag, helper.disable_csrf = tag, not csrf
    helper.layout = crispy.Layout(*layout, *([Button(button, kind=kind)] if button else []))
    return helper


def kind_of(bound):
    """Which template draws this field."""
    widget = bound.field.widget
    for kinds, name in KINDS:
        if isinstance(widget, kinds):
            return name
    return "text"


KINDS = (
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (forms.CheckboxInput, "checkbox"),
    (forms.MultiWidget, "boxes"),
    (forms.Textarea, "textarea"),
    (forms.FileInput, "file"),
    (forms.PasswordInput, "password"),
    (forms.Select, "select"),
)


def draw(bound, css_class, **attributes):
    """The widget's HTML with NHS.UK classes and without the attributes that we never want."""
    own = bound.field.widget.attrs.get("class", "")
    return bound.as_widget(attrs={**UNWANTED_ATTRIBUTES, "class": f"{css_class} {own}".strip(), **attributes})


def parts_in_error(bound):
    """Names of the boxes that are wrong in a field of several boxes; all of them unless the error says."""
    names = [name.lstrip("_") for name in bound.field.widget.widgets_names]
    if not bound.errors:
        return set()
    told = {part for error in bound.errors.as_data() for part in str(error.code or "").split("-")}
    return set(names) & told or set(names)


def errors_with_targets(form):
    """(sentence, id of the first box to mend) of every error, in the order of the fields."""
    listed = [(sentence, "") for sentence in form.non_field_errors()]
    for bound in form.visible_fields():
        target = bound.id_for_label or (f"{bound.auto_id}_0" if bound.auto_id else "")
        if kind_of(bound) == "boxes":
            names = [name.lstrip("_") for name in bound.field.widget.widgets_names]
            wrong = parts_in_error(bound)
            first = next((index for index, name in enumerate(names) if name in wrong), 0)
            target = f"{bound.auto_id}_{first}"
        listed += [(sentence, target) for sentence in bound.errors]
    for bound in form.hidden_fields():
        listed += [(sentence, "") for sentence in bound.errors]
    return listed
