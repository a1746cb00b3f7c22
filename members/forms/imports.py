"""Files that somebody exported or downloaded, and the word that what was shown may be imported."""

from django import forms
from django.core.exceptions import ValidationError

from members.actions import staff_lists
from members.actions.tables import LARGEST, too_large
from rounds_site.kit.fields import Form
from rounds_site.kit.formats import thousands

ENDINGS = (".csv", ".txt", ".tsv", ".xlsx")
KINDS = "The file must be a CSV file or an Excel workbook (.xlsx). Save it as one of these and choose that file"


class FileForm(Form):
    """What a file says it is proves nothing: only its ending is looked at here, and all of it where it is read."""

    button = "Show me what would change"
    too_large = too_large()

    file = forms.FileField(
        label="The file",
        allow_empty_file=True,
        max_length=200,
        help_text="CSV or Excel (.xlsx), not larger than 10 MB. Nothing is imported until you have seen what would "
        "change.",
        error_messages={"required": "Choose a file", "invalid": "Choose a file"},
        widget=forms.FileInput({"accept": ",".join(ENDINGS)}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if not file.name.lower().endswith(ENDINGS):
            raise ValidationError(KINDS)
        if file.size > LARGEST:
            raise ValidationError(self.too_large.rstrip("."))
        return file


class StaffFileForm(FileForm):
    too_large = too_large(staff_lists.SPLIT)


class AcceptForm(Form):
    """Carries what was previewed, so that nothing else is accepted."""

    button = "Import"

    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)


class AcceptStaffForm(AcceptForm):
    """Asks once more where the list would end half of an organisation's staff or more. `file` says which one was shown:
    another tab may have put one in its place."""

    file = forms.CharField(required=False, widget=forms.HiddenInput({"autocomplete": "off"}))
    end_many = forms.BooleanField(required=False)

    def __init__(self, *args, asks, button, **options):
        super().__init__(*args, **options)
        self.button = button
        if asks:
            self.fields["end_many"].label = _have_left(asks)
        else:
            del self.fields["end_many"]


def _have_left(tallies):
    number = sum(each.ended for each in tallies)
    where = tallies[0].organisation if len(tallies) == 1 else f"these {len(tallies)} partners"
    return f"Yes, {'this person has' if number == 1 else f'these {thousands(number)} people have'} left {where}"
