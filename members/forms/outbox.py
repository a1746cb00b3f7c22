"""Addresses that letters stop going to, or go to again."""

from rounds_site.kit.fields import Form

from .fields import EmailField

STOP, ALLOW = "stop", "allow"


class AddressForm(Form):
    """Two buttons of the page send it; the one that was pressed says which."""

    button = ""

    address = EmailField(
        missing="Enter the email address",
        label="Email address",
        help_text="We keep no list of these that can be read, so enter the whole address",
    )
