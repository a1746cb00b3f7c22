"""A provider of OpenID Connect as a process of its own, for tests that sign in by it. It reads the real clock."""

import json
import subprocess
import sys
import urllib.request

from tests.running import free_port, wait_until


class RunningProvider:
    """`people`: {name at the provider: what it tells of them}."""

    def __init__(self, **people):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.people = people

    def __enter__(self):
        command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(self.port), "--require-nonce"]
        for name, claims in self.people.items():
            command += ["--user-claims", json.dumps({"sub": name} | claims)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.answers, seconds=30, what="the sign-in provider")
        return self

    def answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/.well-known/openid-configuration", timeout=2) as response:
                return response.status == 200
        except OSError:
            return False

    def __exit__(self, *exception):
        self.process.terminate()
        self.process.wait(timeout=10)
