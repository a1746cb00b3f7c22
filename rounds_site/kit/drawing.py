"""What figures are drawn from is read over connections of their own, whose database role sees no person: whoever looks,
and whatever a page forgets (docs/adr/0012)."""

from django.db import connections, router

# Where the rows stand: over which connection figures read them.
CONNECTIONS = {"default": "figures", "box": "figures_box"}


def for_figures(rows):
    """The same rows, read as the role that may see facts about Rounds (``EventFacts``), what was released, reference
    data and the counts of the box. What hangs on such a row is read so too. A portal without that role reads them as
    everything else.

    Everything that a page, a file or a letter of figures shows goes through here. What it may read stands in
    ``database_roles``; only who asks, and what is no figure, is read as ever.
    """
    home = router.db_for_read(rows.model)
    own = CONNECTIONS[home]
    return rows.using(own if own in connections else home)
