"""A container engine of the stories' own: a socket, a folder and a base image that nobody else has."""

import os
import subprocess
import sys
import tempfile
import time


class Engine:
    """Debian's dockerd, ended by leaving the context; that takes the containers with it."""

    def __init__(self, root):
        self.folder = tempfile.mkdtemp(prefix="cd", dir="/tmp")
        self.socket = f"{self.folder}/d.sock"
        self.log = open(f"{self.folder}/log", "w+")
        self.process = subprocess.Popen(
            ["dockerd", "--host", f"unix://{self.socket}", "--data-root", f"{self.folder}/data", "--exec-root",
             f"{self.folder}/exec", "--pidfile", f"{self.folder}/pid", "--bridge", "none", "--shutdown-timeout", "3"],
            stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 60
        while not self.call("/version"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"dockerd does not answer:\n{open(self.log.name).read()}")
            time.sleep(0.1)
        image = subprocess.run(
            [sys.executable, f"{root}/Tests/EndToEnd/Scripts/base_image.py"], stdout=subprocess.PIPE, check=True)
        assert self.call(
            "/images/create?fromSrc=-&repo=base&tag=latest", "-H", "Content-Type: application/x-tar", "--data-binary", "@-",
            input=image.stdout)

    def call(self, path, *options, input=b""):
        """Whether it succeeds."""
        done = subprocess.run(
            ["curl", "-sf", "--unix-socket", self.socket, *options, f"http://d{path}"], input=input, capture_output=True)
        return done.returncode == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(30)
        # What containers had mounted keeps the folder.
        for line in open("/proc/mounts").readlines()[::-1]:
            if line.split()[1].startswith(self.folder):
                subprocess.run(["umount", "-l", line.split()[1]], check=True)
        subprocess.run(["rm", "-rf", self.folder], check=True)
