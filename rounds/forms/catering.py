"""What was ordered to eat."""

from rounds_site.kit.fields import Form, NumberField, SplitDateField
from rounds_site.kit.rendering import Field

MOST = 2000


class FoodForm(Form):
    button = "Save"

    people = NumberField(
        label="Ordered for how many?",
        required=False,
        min_value=1,
        max_value=MOST,
        help_text="Leave it empty until it is ordered",
        error_messages={
            "invalid": "For how many must be a whole number, like 45",
            "min_value": "For how many must be 1 or more",
            "max_value": "For how many must be 2,000 or fewer",
        },
    )
    order_by = SplitDateField(
        what="the last day for a change",
        label="Until when can the number change?",
        required=False,
        help_text="As your caterer says. Empty is three working days before the Round",
    )

    def layout(self):
        return [Field("people", width=4), "order_by"]
