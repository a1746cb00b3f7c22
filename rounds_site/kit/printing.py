"""``python -m rounds_site.kit.printing LOOK SECONDS``: HTML that comes in goes out as a tagged PDF (PDF/UA), which can
be read aloud in order. It fetches nothing, whatever stands in the page.

A process of its own, which ends itself after so many seconds: nothing else stops a page that is never set, and it would
hold a thread of the worker until that is started anew. No error of it is shown, since it might quote the page.
"""

import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 120


def printed(page: str, *, look) -> bytes:
    """`look`: the file of its style. CalledProcessError where it cannot be printed, or not in that time."""
    command = [sys.executable, "-m", "rounds_site.kit.printing", str(look), str(LONGEST)]
    out = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "check": True}
    return subprocess.run(command, input=page.encode(), cwd=ROOT, **out).stdout  # noqa: S603 (our own module)


def main():
    look, seconds = sys.argv[1:]
    signal.setitimer(signal.ITIMER_REAL, float(seconds))

    from weasyprint import CSS, HTML, urls  # needs libraries of the system; importing it takes some of the time

    nothing = urls.URLFetcher(allowed_protocols=())
    page = HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=nothing)
    style = CSS(filename=look, url_fetcher=nothing)
    page.write_pdf(sys.stdout.buffer, stylesheets=[style], pdf_variant="pdf/ua-1", pdf_identifier=b"report")


if __name__ == "__main__":
    main()
