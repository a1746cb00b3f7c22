"""Our sentences for what a form field refuses, wherever the field has none of its own."""

from django.core.exceptions import ValidationError
from django.forms import BooleanField, ChoiceField, EmailField, IntegerField, MultipleChoiceField
from django.utils.functional import Promise

WORN_OUT = "This page had been open for too long. Load it anew, then send it again"
NOT_OFFERED = "Choose from what is offered for “{label}”"
FILE = "That file could not be read. Choose it again, or another one"
SENTENCES = {
    "max_length": "“{label}” must be {limit_value:,} characters or fewer",
    "min_length": "“{label}” must be {limit_value:,} characters or more",
    "min_value": "“{label}” must be {limit_value:,} or more",
    "max_value": "“{label}” must be {limit_value:,} or fewer",
    "invalid_choice": NOT_OFFERED,
    "invalid_list": NOT_OFFERED,
    "invalid_pk_value": NOT_OFFERED,
    "null_characters_not_allowed": "Leave out characters that cannot be seen",
    "missing": FILE,
    "empty": FILE,
    "contradiction": FILE,
}


def kind_words(bound, error):
    """`error` as it is said of the bound field. Django's own sentences are lazy translations; ours are plain words."""
    errors = getattr(error, "error_list", [error])
    return [said(bound, each) if isinstance(getattr(each, "message", each), Promise) else each for each in errors]


def said(bound, error):
    code, params = getattr(error, "code", None), getattr(error, "params", None) or {}
    if bound.is_hidden:
        return ValidationError(WORN_OUT, code=code)
    words = SENTENCES.get(code) or sentence_of(bound.field, code)
    if code == "max_length" and "limit_value" not in params:
        words = "The name of the file is too long. Give it a shorter one and choose it again"
    return ValidationError(words.format(label=bound.label, **params), code=code)


def sentence_of(field, code):
    """Where the kind of the field decides."""
    if code == "required":
        return f"{verb_of(field)} “{{label}}”"
    if isinstance(field, IntegerField):
        return "“{label}” must be a whole number, like 12"
    if isinstance(field, ChoiceField | MultipleChoiceField):
        return NOT_OFFERED
    if isinstance(field, EmailField):
        return "Enter an email address in the correct format, like name@example.com"
    return "“{label}” could not be understood. Look at it again"


def verb_of(field):
    if isinstance(field, BooleanField):
        return "Tick"
    if isinstance(field, ChoiceField | MultipleChoiceField):
        return "Choose an answer for"
    return "Fill in"
