"""A further time of a Round on its day."""

from django.core.exceptions import ValidationError
from django.utils import timezone

from rounds_site.kit.fields import Form, TimeField, london
from rounds_site.kit.rendering import Field


class AgainForm(Form):
    button = "Add this time"

    again = TimeField(label="It is held again at", what="the time it is held again")

    def __init__(self, *args, round, **kwargs):
        super().__init__(*args, **kwargs)
        self.round = round

    def layout(self):
        return [Field("again", size="m")]

    def clean_again(self):
        self.starts_at = london(timezone.localdate(self.round.starts_at), self.cleaned_data["again"])
        if self.starts_at <= timezone.now():
            raise ValidationError("The time it is held again must be in the future")
        return self.cleaned_data["again"]
