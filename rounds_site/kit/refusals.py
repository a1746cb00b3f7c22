"""How an action says no."""


class Refused(Exception):
    """Declined for a reason fit to show to the person who asked.

    Actions raise it, or a subclass of their own; views put ``str(refusal)`` into the error summary.
    """
