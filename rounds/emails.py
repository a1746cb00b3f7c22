"""The letters about Rounds; each function hands one letter, or one to each of many, to the postbox."""


def register_letters():
    """Called once, when the app is ready."""
