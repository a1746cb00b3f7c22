"""Forms and form fields that speak as the NHS does: what to enter, never what was wrong with you."""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.text import capfirst

from rounds_site.kit.formats import MONTHS, listed, nhs_time
from rounds_site.kit.rendering import form_helper
from rounds_site.kit.wording import kind_words

LONDON = ZoneInfo("Europe/London")


# Marks of direction, joins and widths that show nothing, and control characters but for line breaks and tabs. NUL
# stays, and is refused. Joiners stay too: scripts and emoji are written with them.
UNSEEN = re.compile(
    "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def without_unseen(data):
    """What was sent, without characters that nobody sees: they turn a name around on every page and letter that shows
    it, or let two that look alike differ. Taken out without a word, since they come along with what people paste."""
    if isinstance(data, MultiValueDict):
        told = data.copy()
        for name, values in data.lists():
            told.setlist(name, [_seen(value) for value in values])
        return told
    return {name: _seen(value) for name, value in data.items()}


def _seen(value):
    return UNSEEN.sub("", value) if isinstance(value, str) else value


class KindWords:
    """Whatever sentence of Django's own a field would answer with is said in our words. What nobody sees is taken out
    before any field looks."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.data = without_unseen(self.data)

    def add_error(self, field, error):
        super().add_error(field, kind_words(self[field], error) if field in self.fields else error)


class Form(KindWords, forms.Form):
    """The form to start from.

    The server says what is missing; the browser's own bubbles are silenced. `button` is the word on the
    one button of {% crispy form %} ("" for none), `layout` the fields or layout objects in their order.
    """

    use_required_attribute = False
    mark_optional = True
    button = "Continue"

    def layout(self):
        return list(self.fields)

    @property
    def helper(self):
        return form_helper(*self.layout(), button=self.button)


class PhoneField(forms.CharField):
    """A number that somebody can ring, as people write it: +44 1632 960 123, ext. 7."""

    widget = forms.TextInput({"inputmode": "tel", "autocomplete": "off"})
    default_error_messages = {"invalid": "Enter a phone number, like 01632 960 123"}

    def __init__(self, **options):
        super().__init__(max_length=30, **options)

    def to_python(self, value):
        number = " ".join(super().to_python(value).split())
        if number and not re.fullmatch(r"\+?[0-9 ()./-]{5,}( ?(ext|x)\.? ?[0-9]+)?", number, re.ASCII | re.IGNORECASE):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return number


class RadioField(forms.ChoiceField):
    """One of a few. item_hints: {value: hint under it}."""

    widget = forms.RadioSelect
    default_error_messages = {"required": "Select one", "invalid_choice": "Select one of the choices"}

    def __init__(self, *, item_hints=None, **options):
        super().__init__(**options)
        self.item_hints = item_hints or {}


class CheckboxesField(forms.MultipleChoiceField):
    """Any number of a few. item_hints: {value: hint under it}."""

    widget = forms.CheckboxSelectMultiple
    default_error_messages = {"required": "Select at least one", "invalid_choice": "Select from the choices"}

    def __init__(self, *, item_hints=None, **options):
        super().__init__(**options)
        self.item_hints = item_hints or {}


class DateBoxes(forms.MultiWidget):
    """Day, month and year, each in its own box."""

    use_fieldset = True

    def __init__(self, attrs=None):
        boxes = {
            "day": forms.TextInput({"data-width": 2}),
            "month": forms.TextInput({"data-width": 2}),
            "year": forms.TextInput({"data-width": 4}),
        }
        super().__init__(boxes, attrs)

    def decompress(self, value):
        return [value.day, value.month, value.year] if value else [None, None, None]


class NumberField(forms.IntegerField):
    """A whole number as people type it, on a phone with its keys for numbers; no arrows, which change it unseen. Its
    thousands may stand apart."""

    widget = forms.TextInput({"inputmode": "numeric"})

    def to_python(self, value):
        return super().to_python(in_one_piece(value) if isinstance(value, str) else value)


# By a comma or a blank, of whatever width.
THOUSANDS_APART = re.compile(r"[0-9]{1,3}(?:[,\s][0-9]{3})+")


def in_one_piece(words):
    """
    >>> in_one_piece("1,150"), in_one_piece(" 12 400 "), in_one_piece("1,15")
    ('1150', '12400', '1,15')
    """
    words = words.strip()
    return re.sub(r"[,\s]", "", words) if THOUSANDS_APART.fullmatch(words) else words


# Outside of these a year is mistyped: 0207, 2207.
FIRST_YEAR, LAST_YEAR = 2000, 2099


class SplitDateField(forms.Field):
    """A date in three boxes, in a year that can be meant. `what` names it in errors: "the date of the Round". Months
    may be words."""

    widget = DateBoxes

    def __init__(self, *, what="the date", **options):
        super().__init__(**options)
        self.what = what

    def clean(self, value):
        parts = dict(zip(("day", "month", "year"), (str(part or "").strip() for part in value or ()), strict=False))
        missing = [name for name in ("day", "month", "year") if not parts.get(name)]
        if len(missing) == 3:
            return self._nothing()
        if missing:
            raise ValidationError(f"{capfirst(self.what)} must include a {listed(missing)}", code="-".join(missing))
        day = self._date(**parts)
        self.run_validators(day)
        return day

    def has_changed(self, initial, data):
        return [str(part or "") for part in self.widget.decompress(initial)] != [str(part or "") for part in data or ()]

    def _nothing(self):
        if self.required:
            raise ValidationError(f"Enter {self.what}", code="required")
        return None

    def _date(self, day, month, year):
        wrong = []
        if not _is_a_month(month):
            wrong.append(ValidationError(f"{capfirst(self.what)} must have a month from 1 to 12", code="month"))
        if not re.fullmatch(r"[0-9]{4}", year):
            wrong.append(ValidationError(f"{capfirst(self.what)} must have a year of 4 numbers", code="year"))
        elif not FIRST_YEAR <= int(year) <= LAST_YEAR:
            years = f"a year from {FIRST_YEAR} to {LAST_YEAR}"
            wrong.append(ValidationError(f"{capfirst(self.what)} must have {years}", code="year"))
        if wrong:
            raise ValidationError(wrong)
        try:
            return date(int(year), month_number(month), int(day))
        except (ValueError, OverflowError):
            raise ValidationError(f"{capfirst(self.what)} must be a real date", code="unreal") from None


def _is_a_month(words):
    try:
        return 1 <= month_number(words) <= 12
    except ValueError:
        return False


def month_number(words):
    """1 to 12 of "8", "08", "Aug" or "August"; ValueError of anything else."""
    if words.isdecimal():
        return int(words)
    if len(words) >= 3:
        for number, name in enumerate(MONTHS, start=1):
            if name.lower().startswith(words.lower().rstrip(".")):
                return number
    raise ValueError(words)


class TimeField(forms.CharField):
    """A time as people write it: 5:30pm, 5.30 pm, 17:30, 1730, midday. `what`: "the time it starts".

    "5:30" alone is refused: at half past five in the morning nobody would come.
    """

    box_width = 5

    def __init__(self, *, what="the time", **options):
        options.setdefault("help_text", "For example, 12:30pm or 17:30")
        super().__init__(**options)
        self.what = what
        self.error_messages["required"] = f"Enter {what}"

    def prepare_value(self, value):
        return nhs_time(value) if isinstance(value, time) else value

    def to_python(self, value):
        words = super().to_python(value)
        return parsed_time(words, self.what) if words else None

    def has_changed(self, initial, data):
        try:
            return self.to_python(data) != initial
        except ValidationError:
            return True


NAMED_TIMES = {"midday": time(12), "noon": time(12), "12 noon": time(12), "midnight": time(0)}
TIME_PATTERN = re.compile(r"([0-9]{1,2})(?:[:.]?([0-9]{2}))?(am|pm)?")


def parsed_time(words, what="the time"):
    """The time that the words mean; ValidationError where they mean none, or two."""
    said = " ".join(words.lower().split())
    if said in NAMED_TIMES:
        return NAMED_TIMES[said]
    match = TIME_PATTERN.fullmatch(said.replace(" ", "").replace("a.m.", "am").replace("p.m.", "pm"))
    if not match:
        raise ValidationError(f"Enter {what}, such as 12:30pm", code="unreal")
    hours, minutes, half = match.groups()
    if not half and 1 <= int(hours) <= 12 and not (minutes and len(hours) == 2):
        clock = f"{int(hours)}:{minutes}" if minutes else str(int(hours))
        raise ValidationError(
            f"Say whether {clock} is in the morning or afternoon: {clock}am or {clock}pm", code="half"
        )
    return _time_of(int(hours), int(minutes or 0), half, what)


def _time_of(hour, minute, half, what):
    if half and not 1 <= hour <= 12:
        half, hour = "", 24
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    try:
        return time(hour, minute)
    except ValueError:
        raise ValidationError(f"{capfirst(what)} must be a real time", code="unreal") from None


def london(day, at):
    """The moment when clocks here show this time on this day, the first of two where they go back (``which_of_two``);
    ValidationError where they skip it."""
    moment = datetime.combine(day, at, tzinfo=LONDON)
    if moment.astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise ValidationError(
            f"The clocks go forward that night, so there is no {nhs_time(at)}. Choose another time", code="skipped"
        )
    return moment


def which_of_two(moment):
    """What a reader must know of a time that clocks here show twice that night; "" of every other."""
    here = moment.astimezone(LONDON)
    if here.replace(fold=0).utcoffset() == here.replace(fold=1).utcoffset():
        return ""
    which = "second" if here.fold else "first"
    return f"The clocks go back that night, so {nhs_time(here)} comes twice. The {which} is meant"
