"""bin/audit, asked of a service of advisories on this machine: a clean bill only from whoever could be asked."""

import http.server
import json
import os
import subprocess
import threading

import pytest

from tests.running import ROOT, free_port

KNOWN = {
    "id": "PLANTED-1",
    "summary": "Planted by a test",
    "affected": [
        {
            "package": {"name": "django", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}],
        }
    ],
}
# Where nobody was asked yet: it installs what it asks with.
pytestmark = pytest.mark.skipif(
    not (ROOT / ".venv-audit" / ".installed").exists(), reason="nothing to ask with: run bin/audit once"
)


class Advisories:
    """Answers pip-audit and npm; knows something against Django, or nothing."""

    def __init__(self, against_django):
        service = self
        self.asked = 0

        class Answers(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                said = self.rfile.read(int(self.headers["Content-Length"]))
                service.asked += 1
                found = against_django and b'"django"' in said
                body = json.dumps({"vulns": [KNOWN]} if found else {}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                """Says nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.server.server_close()


def audit(url, tmp_path):
    environment = os.environ | {"npm_config_registry": url, "npm_config_cache": str(tmp_path)}
    return subprocess.run(
        ["bin/audit", "-s", "osv", "--osv-url", url, "--cache-dir", str(tmp_path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_nothing_is_known(tmp_path):
    with Advisories(against_django=False) as service:
        done = audit(service.url, tmp_path)
        assert service.asked > 50
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("audit: nothing is known against ") == 4


def test_what_is_known_is_shown_and_fails(tmp_path):
    with Advisories(against_django=True) as service:
        done = audit(service.url, tmp_path)
    assert done.returncode == 1
    assert "PLANTED-1" in done.stdout
    assert "audit: something is known against requirements/run.txt; see above." in done.stderr


def test_where_nobody_answers_it_says_so_and_is_no_clean_bill(tmp_path):
    done = audit(f"http://127.0.0.1:{free_port()}/", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("audit: nobody could be asked about ") == 4
