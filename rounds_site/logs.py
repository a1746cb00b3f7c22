import json
import logging
import traceback
from datetime import UTC, datetime

# Their own words quote the path (a refused form), the host or what was sent (whatever is suspicious).
TELL_OF_A_REQUEST = ("django.request", "django.security")


class Discreet(logging.Formatter):
    """One line a record, without what people typed, wrote or are called.

    The text of an exception may hold an address ("Key (email)=(…) already exists", a refused
    recipient), a path may hold a token. So of an exception only its kind and place are written,
    of a request only the pattern of its address.
    """

    def __init__(self):
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record):
        return super().format(discreet(record))

    def formatException(self, exc_info):  # noqa: N802 (the name is the standard library's)
        frames = "".join(traceback.format_tb(exc_info[2])).rstrip()
        return f"{frames}\n{kind_of(exc_info)}"


class DiscreetJson(logging.Formatter):
    """The same as an object of JSON on each line, for programs that gather logs."""

    def format(self, record):
        record = discreet(record)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {"at": at, "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            frames = traceback.extract_tb(record.exc_info[2])
            said["error"] = kind_of(record.exc_info)
            said["frames"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(said, ensure_ascii=False)


def discreet(record):
    """A copy that says nothing of anybody, to whatever formatter."""
    record = logging.makeLogRecord(record.__dict__)
    if record.name.startswith(TELL_OF_A_REQUEST):
        record.msg, record.args = "%s %s", (getattr(record, "status_code", ""), route_of(record))
    elif record.name == "celery.app.trace" and isinstance(record.args, dict):
        record.args = record.args | dict.fromkeys(("exc", "return_value", "args", "kwargs"), "-")
    # Another formatter's text for this exception may be kept on the record: it would be written as it is.
    record.exc_text = None
    return record


def kind_of(exc_info):
    return f"{exc_info[0].__module__}.{exc_info[0].__qualname__}"


def faults():
    """For the logger of requests: a refusal (403, 404) and the 503 of /readyz are answers, and no fault of ours. A 503
    for something that was away is one (``rounds_site.away``)."""
    return lambda record: not is_an_answer(getattr(record, "status_code", 500), record.exc_info)


def is_an_answer(status, error):
    return 400 <= status < 500 or (status == 503 and not error)


def route_of(record):
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    return match.route if match else "(no page)"
