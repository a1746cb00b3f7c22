"""What people put into the box. Lives in the database `box`, which knows no person and keeps no time.

Only ``actions.feedback`` writes here and only ``actions.counting`` empties it.
"""

from django.db import models

from rounds_site.kit.privacy import Kept


class Form(models.Model):
    """One form, waiting to be counted. Its key is random and made by whoever fills it in.

    `content` is sealed and of one length (characters: ``sealing.SEALED_LENGTH``), so that a row says nothing. Of boxes
    that were open before forms were sealed it is the padded JSON itself, until they are counted.
    """

    database = "box"
    privacy = {Kept.BOX: "ballot_id round_id content"}

    ballot_id = models.UUIDField(primary_key=True)
    round_id = models.UUIDField(db_index=True)
    content = models.TextField()


class PaperTally(models.Model):
    """The paper forms of one Round as its team counted them: `content` is JSON (``sealing.packed_tally``).

    Replaced as a whole when it is corrected, and destroyed with the forms.
    """

    database = "box"
    privacy = {Kept.BOX: "round_id content"}

    round_id = models.UUIDField(primary_key=True)
    content = models.TextField()
