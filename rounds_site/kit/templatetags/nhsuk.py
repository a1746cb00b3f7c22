"""What the template pack and the components ask for. Load with {% load nhsuk %}."""

from django import template
from django.template.loader import render_to_string

from rounds_site.kit import charts, rendering

register = template.Library()


@register.simple_tag(takes_context=True)
def nhsuk_field(context):
    """Everything that the templates of the pack need to know of the field in `field`."""
    bound = context["field"]
    kind = rendering.kind_of(bound)
    item_hints = {**getattr(bound.field, "item_hints", {}), **(context.get("item_hints") or {})}
    return {
        "kind": kind,
        "template": f"nhsuk/kinds/{kind}.html",
        "wrong": bool(bound.errors),
        "size": context.get("label_size", ""),
        "heading": context.get("label_heading", False),
        "optional": _is_optional(bound, context) and kind != "checkbox",
        "item_hints": {str(value): hint for value, hint in item_hints.items()},
        "revealed": context.get("revealed") or {},
        "width": context.get("box_width") or getattr(bound.field, "box_width", None),
        "prefix": context.get("prefix", ""),
        "suffix": context.get("suffix", ""),
        "small": context.get("small", False),
        "inline": context.get("inline", False),
        "limit": bound.field.widget.attrs.get("maxlength") if kind == "textarea" else None,
    }


def _is_optional(bound, context):
    marks = getattr(bound.form, "mark_optional", True) and context.get("say_optional", True)
    return marks and not bound.field.required and not bound.field.disabled


@register.simple_tag
def nhsuk_text(bound, width=None):
    """An input of one line."""
    classes = "nhsuk-input" + (" nhsuk-input--error" if bound.errors else "")
    return rendering.draw(bound, classes + (f" nhsuk-input--width-{width}" if width else ""))


@register.simple_tag
def nhsuk_select(bound):
    return rendering.draw(bound, "nhsuk-select" + (" nhsuk-select--error" if bound.errors else ""))


@register.simple_tag
def nhsuk_file(bound):
    return rendering.draw(bound, "nhsuk-file-upload__input")


@register.simple_tag
def nhsuk_textarea(bound, limit=None):
    """A box of several lines; with a limit the count is the first thing that describes it."""
    classes = "nhsuk-textarea" + (" nhsuk-textarea--error" if bound.errors else "")
    if not limit:
        return rendering.draw(bound, classes)
    described = f"{bound.auto_id}-info {bound.aria_describedby or ''}".strip()
    return rendering.draw(bound, classes + " nhsuk-js-character-count", **{"aria-describedby": described})


@register.simple_tag
def nhsuk_password(bound):
    error = " nhsuk-input--error" if bound.errors else ""
    return rendering.draw(
        bound,
        f"nhsuk-input{error} nhsuk-password-input__input nhsuk-js-password-input-input",
        spellcheck="false",
        autocapitalize="none",
    )


@register.simple_tag
def nhsuk_boxes(bound):
    """The parts of a field of several boxes: label, name, id, value, width and whether it is wrong."""
    widget = bound.field.widget
    values = bound.value()
    values = values if isinstance(values, list) else widget.decompress(values)
    wrong = rendering.parts_in_error(bound)
    names = zip(widget.widgets_names, widget.widgets, values or [None] * len(widget.widgets), strict=True)
    return [
        {
            "label": suffix.lstrip("_").capitalize(),
            "name": f"{bound.html_name}{suffix}",
            "id": f"{bound.auto_id}_{index}",
            "value": "" if value is None else value,
            "width": part.attrs.get("data-width", 2),
            "wrong": suffix.lstrip("_") in wrong,
        }
        for index, (suffix, part, value) in enumerate(names)
    ]


@register.simple_tag
def nhsuk_choices(bound, told):
    """The choices of radios or checkboxes as plain dicts, with hint and revealed field of each."""
    choices = []
    for item in bound.subwidgets:
        data, value = item.data, str(item.data["value"])
        identifier = data["attrs"].get("id", "")
        choices.append(
            {
                "id": identifier,
                "name": data["name"],
                "value": value,
                "label": data["label"],
                "chosen": data["selected"],
                "disabled": bound.field.disabled or data["attrs"].get("disabled", False),
                "hint": told["item_hints"].get(value, ""),
                "revealed": told["revealed"].get(value, ""),
            }
        )
    return choices


@register.simple_tag
def nhsuk_checkbox(bound):
    """The one box of a yes-or-no field."""
    return rendering.draw(bound, "nhsuk-checkboxes__input")


@register.simple_tag
def formset_errors(formset):
    return [(sentence, "") for sentence in formset.non_form_errors()]


@register.simple_tag(takes_context=True)
def error_summary(context, form):
    """The error summary of a form, drawn once however often a page asks: first on the page wins."""
    if not form or not form.errors or getattr(form, "summary_is_drawn", False):
        return ""
    form.summary_is_drawn = True
    listed = rendering.errors_with_targets(form)
    return render_to_string("nhsuk/summary.html", {"errors": listed}) if listed else ""


@register.simple_tag(takes_context=True)
def chairs_of(context):
    """The chairs of components/ring.html."""
    return charts.chairs(int(context["left"]), int(context.get("of") or 12))
