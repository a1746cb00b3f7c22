"""``python -m tests.bench.exporting SESSION ADDRESS NAME=VALUE …``: takes a file as a browser does, piece by piece. A
month of which nothing is known goes before, so that templates and connections are there."""

import sys

from django.test import Client

from .alone import tell

NOTHING = {"log": "security", "month": "2000-01"}


def main():
    session, address, *said = sys.argv[1:]
    browser = Client(SERVER_NAME="127.0.0.1", REMOTE_ADDR="127.0.0.1")
    browser.cookies["sessionid"] = session
    tell(
        lambda: take(browser, address, dict(each.split("=") for each in said)),
        warm_up=lambda: take(browser, address, NOTHING),
    )


def take(browser, address, said):
    answer = browser.post(address, said)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answers with {answer.status_code}")
    lines = sum(piece.count(b"\n") for piece in (answer if answer.streaming else [answer.content]))
    answer.close()
    return {"rows": lines - 1}


if __name__ == "__main__":
    main()
