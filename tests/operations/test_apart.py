"""The portal in its parts, by the very command lines of compose.yaml: two web servers, two workers, the worker of the
box and a beat, over Redis and PgBouncer, behind nginx with deploy/'s own configuration."""

import contextlib
import os
import pwd
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from django.db import connection

from tests.operations.certificates import signed_by_itself
from tests.operations.test_deployment import OF_THE_PORTAL
from tests.row_security import BOX, FIGURES, PASSWORD, WEB, WORKER, url_as
from tests.running import ROOT, MailRelay, RunningPortal, free_port, wait_until

MISSING = [name for name in ("nginx", "pgbouncer") if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(bool(MISSING), reason=f"no {' and no '.join(MISSING)}: apt-get install nginx-light pgbouncer"),
]
PARTS = {"web1": "web", "web2": "web", "worker1": "worker", "worker2": "worker", "worker-box": "box", "beat": "worker"}
ROOT_IS = {"user": "postgres", "group": pwd.getpwnam("postgres").pw_gid} if os.geteuid() == 0 else {}


class Apart:
    """`folder` is open to others, since PgBouncer does not run as root."""

    def __init__(self, portal, folder, processes):
        self.portal, self.folder, self.processes = portal, folder, processes
        self.port, self.pooler_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.web_ports = {"web1": free_port(), "web2": free_port()}
        self.certificate = signed_by_itself(folder / "certificate.pem")
        self.trust = ssl.create_default_context(cafile=self.certificate)
        self.running = {}

    # --- Secrets in files, as in compose.yaml ---
    def secrets(self):
        folder = self.folder / "secrets"
        folder.mkdir(mode=0o700)
        people, box = (self.through_the_pooler(alias) for alias in ("default", "box"))
        said = {
            "secret_key": "for-tests-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH",
            "email_url": f"smtp://127.0.0.1:{self.portal.relay.port}",
            "web_database_url": url_as(WEB, people),
            "worker_database_url": url_as(WORKER, people),
            "box_database_url": url_as(BOX, box),
            "figures_database_url": url_as(FIGURES, people),
        }
        for name, words in said.items():
            (folder / name).write_text(words)
            (folder / name).chmod(0o600)

    def through_the_pooler(self, alias):
        return f"postgres://x@127.0.0.1:{self.pooler_port}/{self.portal.names[alias]}"

    def environment_of(self, name):
        """The variables of the service, with this machine's values; beside them those of the image."""
        here = {
            "PORTAL_URL": self.url,
            "REDIS_URL": os.environ["REDIS_URL"],
        }
        said = {}
        for variable, value in OF_THE_PORTAL[name]["environment"].items():
            said[variable] = here.get(variable, value).replace("/run/secrets", f"{self.folder}/secrets")
        image = {"HOST": "127.0.0.1", "PORT": str(self.web_ports.get(name, 8000)), "VAR_DIR": f"{self.folder}/var"}
        image |= {"STATIC_ROOT": self.portal.environment["STATIC_ROOT"]}
        image |= {each: f"{self.folder}/{each.lower()}" for each in ("BOX_KEY_DIR", "STORY_KEY_DIR", "AUDIT_HEADS_DIR")}
        mine = {"PATH": os.environ["PATH"], "REDIS_PREFIX": self.portal.mark, "SSL_CERT_FILE": str(self.certificate)}
        return image | said | mine

    # --- Processes ---
    def start_pooler(self):
        folder, passwords = self.folder / "deploy", self.folder / "passwords"
        passwords.mkdir()
        for role in (WEB, WORKER, BOX, FIGURES):
            (passwords / role).write_text(PASSWORD)
        shutil.copytree(ROOT / "deploy", folder)
        self.folder.chmod(0o777)
        environment = {
            "PATH": f"{os.environ['PATH']}:/usr/sbin",
            "PASSWORDS": str(passwords),
            "POOLER_FOLDER": str(self.folder / "pooler"),
            "POOLER_PORT": str(self.pooler_port),
            "DATABASE_HOST": connection.settings_dict["HOST"] or "127.0.0.1",
            "DATABASE_PORT": str(connection.settings_dict["PORT"] or 5432),
        }
        self.start("pooler", ["sh", str(folder / "pooler")], environment, cwd=folder, **ROOT_IS)

    def start_nginx(self):
        site = (ROOT / "deploy" / "nginx" / "portal.conf").read_text()
        upstream = (ROOT / "deploy" / "nginx" / "upstream.conf").read_text()
        for stands, port in ((80, free_port()), (443, self.port)):
            site = re.sub(rf"listen \[::\]:{stands}[^;]*;", "", site)
            site = site.replace(f"listen {stands}", f"listen 127.0.0.1:{port}")
        site = site.replace("server_name rounds.example.nhs.uk;", "")
        for name in ("certificate", "key"):
            site = site.replace(f"/etc/rounds/tls/{name}.pem", str(self.certificate))
        site = site.replace("/var/log/nginx/portal-error.log", str(self.folder / "nginx.log"))
        for name, stands in (("web1", 8001), ("web2", 8002)):
            upstream = upstream.replace(f":{stands}", f":{self.web_ports[name]}")
        temporary = "".join(
            f"{kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(
            f"{user} daemon off; pid {self.folder}/nginx.pid; error_log stderr; events {{}}\n"
            f"http {{ {temporary}\n{upstream}\n{site} }}"
        )
        program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        self.start("nginx", [program, "-c", str(self.folder / "nginx.conf")], {"PATH": os.environ["PATH"]})

    def start_part(self, name):
        program, *words = OF_THE_PORTAL[name]["command"]
        self.start(name, [sys.executable, "-m", program, *words], self.environment_of(name))

    def start(self, name, command, environment, *, cwd=ROOT, **ways):
        log = self.processes.enter_context((self.folder / f"{name}.log").open("w"))
        started = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **ways
        )
        self.running[name] = started
        self.processes.callback(end, started)

    def logs(self):
        return "\n".join(f"== {path.name}\n{path.read_text()[-1500:]}" for path in sorted(self.folder.glob("*.log")))

    # --- Asking ---
    def get(self, path, **headers):
        """Status and text; 0 where nothing answers."""
        return self.send(urllib.request.Request(self.url + path, headers=headers))

    def send(self, request):
        try:
            with self.browser().open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read().decode()
        except OSError:
            return 0, ""

    def lives(self, name):
        """Asked itself, past nginx."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web_ports[name]}/healthz", timeout=10) as answer:
                return answer.status == 200
        except OSError:
            return False

    def browser(self):
        if not hasattr(self, "_browser"):
            self._browser = urllib.request.build_opener(
                urllib.request.HTTPSHandler(context=self.trust), urllib.request.HTTPCookieProcessor()
            )
        return self._browser

    def doctor(self, name):
        part = PARTS[name]
        command = [sys.executable, "manage.py", "doctor", "--part", part]
        return subprocess.run(command, cwd=ROOT, env=self.environment_of(name), capture_output=True, text=True)


def end(process):
    if process.poll() is None:
        process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=20)
    if process.poll() is None:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def apart(tmp_path_factory, django_db_blocker):
    folder = Path(tempfile.mkdtemp(prefix="apart-", dir="/tmp"))
    (folder / "var").mkdir(mode=0o700)
    with (
        django_db_blocker.unblock(),
        MailRelay() as relay,
        RunningPortal(tmp_path_factory.mktemp("portal"), relay=relay) as portal,
        contextlib.ExitStack() as processes,
    ):
        processes.callback(shutil.rmtree, folder)
        portal.manage(
            *("begin", "--no-input", "--system-code", "QYG", "--system-name", "North Vale Integrated Care System"),
            *("--short-name", "North Vale", "--sender", "rounds@northvale.example"),
            *("--administrator", "Ada Bell <ada@northvale.example>"),
            *("--administrator", "Bob Carr <bob@northvale.example>"),
        )
        apart = Apart(portal, folder, processes)
        apart.secrets()
        apart.start_pooler()
        apart.start_nginx()
        for name in PARTS:
            apart.start_part(name)
        try:
            wait_until(lambda: apart.get("/readyz")[1].startswith("ready"), seconds=240, what="/readyz")
        except AssertionError:
            raise AssertionError(apart.get("/readyz")[1] + apart.logs()) from None
        yield apart


@pytest.mark.parametrize("name", ["web1", "worker1", "worker-box"])
def test_the_doctor_finds_nothing_to_mend_in_any_part(apart, name):
    """Save what a superuser of PostgreSQL must say, which nobody in a test is, and how the tests' server is set."""
    done = apart.doctor(name)
    found = [line for line in done.stdout.splitlines() if line.startswith("mend")]
    of_the_server = ("As a superuser: ALTER ROLE", "mend  PostgreSQL has ")
    assert [line for line in found if not any(words in line for words in of_the_server)] == []
    assert done.returncode == bool(found)
    assert f"well  {apart.url} answers." in done.stdout or name != "web1"


def test_a_page_has_its_style_and_a_code_comes_by_letter(apart):
    """Through nginx to a web server, through PgBouncer to the database, over Redis to a worker, to the relay."""
    status, page = apart.get("/account/login/code/")
    assert status == 200
    sheet = re.search(r'href="(/static/built/portal\.\w+\.css)"', page)[1]
    assert apart.get(sheet)[0] == 200
    before = len(apart.portal.relay.to("ada@northvale.example"))
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token, "email": "ada@northvale.example"}).encode()
    request = urllib.request.Request(
        f"{apart.url}/account/login/code/", data=form, headers={"Referer": f"{apart.url}/"}
    )
    assert apart.send(request)[0] == 200
    wait_until(
        lambda: len(apart.portal.relay.to("ada@northvale.example")) > before,
        seconds=60,
        what="the letter with the code",
    )


def test_metrics_are_not_for_the_world(apart):
    assert apart.get("/metrics")[0] == 404


def test_web_servers_are_restarted_one_after_the_other_while_people_read(apart):
    """How an upgrade goes: docs/operating.md, Upgrading."""
    answers, done = [], threading.Event()

    def read():
        while not done.is_set():
            answers.append(apart.get("/accessibility/")[0])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for name in ("web1", "web2"):
            end(apart.running[name])
            apart.start_part(name)
            wait_until(lambda name=name: apart.lives(name), seconds=60, what=name)
    finally:
        done.set()
        reader.join()
    assert len(answers) > 10
    assert set(answers) == {200}, apart.logs()


def test_a_part_that_is_missed_is_named_by_the_doctor(apart):
    """Last: it takes the clock's minute and a half until a part counts as silent."""
    end(apart.running["worker-box"])
    words = "mend  The worker of the box does not answer. Start one with --queues box where BOX_KEY_DIR is."
    wait_until(lambda: words in apart.doctor("web1").stdout, seconds=180, what="the doctor to notice")
