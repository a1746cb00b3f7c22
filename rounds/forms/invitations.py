from django import forms

from rounds_site.kit.fields import Form


class ReleaseForm(Form):
    """How many letters the person saw when they let them go."""

    expected = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
