"""Which columns a licensor wants."""

from django import forms
from django.urls import reverse

from rounds_site.kit.fields import CheckboxesField, Form
from rounds_site.kit.rendering import Button, Buttons, Field, form_helper


class ReturnForm(Form):
    half_year = forms.CharField(widget=forms.HiddenInput)
    columns = CheckboxesField(label="Columns", error_messages={"required": "Tick at least one column"})

    def __init__(self, *args, scope, columns, **options):
        """`columns`: [(key, heading, what it is)]"""
        super().__init__(*args, **options)
        self.scope = scope
        self.fields["columns"].choices = [(key, heading) for key, heading, _ in columns]
        self.fields["columns"].item_hints = {key: what for key, _, what in columns}

    @property
    def helper(self):
        ways = Buttons(
            Button("Download as CSV", name="as", value="csv"),
            Button("Download as a spreadsheet", name="as", value="spreadsheet", kind="secondary"),
        )
        columns = Field("columns", size="s", small=True)
        return form_helper("half_year", columns, ways, button="", action=reverse("make_return", args=[self.scope]))
