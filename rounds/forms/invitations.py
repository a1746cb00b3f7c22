from django import forms


class ReleaseForm(forms.Form):
    """How many letters the person saw when they let them go."""

    expected = forms.IntegerField(min_value=0)
