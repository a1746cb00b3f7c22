"""The queue of a portal without Redis: a folder with a file for each message."""

import os
import time
import uuid
from pathlib import Path

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

ADDRESS = "folder://localhost"


class Channel(filesystem.Channel):
    def _put(self, queue, payload, **kwargs):
        """A message can be found only once it is whole.

        A worker that found a file of which nothing is written yet would end, and the portal with it: somebody may be
        writing it this moment, or have been killed over it.
        """
        folder = Path(self.data_folder_out)
        name = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}"
        unfinished = folder / f"{name}.part"
        unfinished.write_text(dumps(payload))
        os.replace(unfinished, folder / f"{name}.{queue}.msg")


class Transport(filesystem.Transport):
    Channel = Channel


# Celery knows a transport by the scheme of its address.
TRANSPORT_ALIASES["folder"] = f"{__name__}:Transport"
