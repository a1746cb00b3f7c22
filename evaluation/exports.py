"""Tables as files. What they hold has come through ``disclosure``, as on the page."""

from members.exports import csv_answer, safe

__all__ = ["csv_answer", "safe"]
