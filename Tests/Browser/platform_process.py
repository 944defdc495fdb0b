"""The platform as a process, with a folder and ports of its own."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Platform:
    """The debug build. Anonymous deploys are as many as the stories need."""

    def __init__(self, root, **settings):
        self.root = root
        self.folder = tempfile.mkdtemp(prefix="cb", dir="/tmp")
        self.port, self.ssh_port = free_port(), free_port()
        self.origin = f"http://localhost:{self.port}"
        environment = dict(
            os.environ, CASTER_DATA_DIR=f"{self.folder}/data", CASTER_EDGE_PORT=str(self.port),
            CASTER_SSH_PORT=str(self.ssh_port), CASTER_HOOKS_DIR=f"{root}/hooks",
            CASTER_DNS_RESOLVER="127.0.0.1:1",
            CASTER_ANONYMOUS_DEPLOYS_PER_HOUR="1000", CASTER_LOGIN_FAILURES_PER_ADDRESS="1000", **settings)
        self.log = open(f"{self.folder}/log", "w+")
        self.process = subprocess.Popen(
            [f"{root}/.build/debug/caster", "serve"], env=environment, cwd=self.folder, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the platform does not start:\n{self.words()}")
            time.sleep(0.1)

    def words(self):
        with open(f"{self.folder}/log") as file:
            return file.read()

    def is_ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.ssh_port), 1):
                pass
            return self.call("GET", "/healthz")[0] == 200
        except OSError:
            return False

    def call(self, method, path, body=None, key=None, host=None):
        """Status and text of an answer."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        if host:
            request.add_header("Host", host)
        if key:
            request.add_header("Authorization", f"Bearer {key}")
        if body is not None:
            request.add_header("Content-Type", "application/json")
            request.data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def visit(self, url, path="/"):
        """What a visitor of a site gets: status and text."""
        return self.call("GET", path, host=url.split("/")[2])

    def site(self, key):
        """A new site: its short ID."""
        return json.loads(self.call("POST", "/api/v1/sites", key=key)[1])["site"]["site_id"][:8]

    def paste(self, key, site, files):
        """Deploys and waits for the end: the deployment."""
        body = {"files": [{"name": name, "content": text} for name, text in files.items()]}
        status, text = self.call("POST", f"/api/v1/sites/{site}/paste", body, key)
        assert status == 202, text
        number = json.loads(text)["deployment_id"]
        while True:
            deployment = json.loads(self.call("GET", f"/api/v1/sites/{site}/deployments/{number}", key=key)[1])
            if deployment["status"] in ("live", "failed", "superseded"):
                return deployment
            time.sleep(0.05)

    def until_counted(self, key, site, requests):
        """Waits until the site's traffic has so many requests."""
        deadline = time.monotonic() + 20
        while True:
            counted = json.loads(self.call("GET", f"/api/v1/sites/{site}/traffic", key=key)[1])["requests"]
            if counted == requests:
                return
            assert time.monotonic() < deadline, counted
            time.sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        finally:
            subprocess.run(["rm", "-rf", self.folder], check=True)
