"""Writes the root file system of a base image as a tar: busybox-static, and this machine's Python with what it loads."""
import os
import subprocess
import sys
import tarfile

BUSYBOX = "/bin/busybox" if os.path.exists("/bin/busybox") else "/usr/bin/busybox"
NAMES = "sh cat echo ls dd head tail sleep true false yes id wget nc mkdir rm env date seq awk sed ping tr kill ps".split()


def libraries(paths):
    found = set()
    for path in paths:
        for word in subprocess.run(["ldd", path], capture_output=True, text=True).stdout.split():
            if word.startswith("/"):
                found.add(word)
    return found


with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as tar:
    for name, mode in [("tmp", 0o1777), ("etc", 0o755), ("app", 0o755)]:
        folder = tarfile.TarInfo(name)
        folder.type, folder.mode = tarfile.DIRTYPE, mode
        tar.addfile(folder)
    tar.add(BUSYBOX, "bin/busybox")
    for name in NAMES:
        link = tarfile.TarInfo(f"bin/{name}")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        tar.addfile(link)
    python = os.path.realpath("/usr/bin/python3")
    tar.add(python, "usr/bin/python3")
    standard = f"/usr/lib/{os.path.basename(python)}"
    loaded = {python}
    left_out = {"test", "idlelib", "tkinter", "lib2to3", "ensurepip", "pydoc_data", "__pycache__", "distutils"}
    for folder, folders, files in os.walk(standard):
        folders[:] = [f for f in folders if f not in left_out and not f.startswith("config-")]
        for file in files:
            path = os.path.join(folder, file)
            if not os.path.exists(path):
                continue
            tar.add(os.path.realpath(path), path[1:])
            if file.endswith(".so"):
                loaded.add(path)
    for library in sorted(libraries(loaded)):
        tar.add(os.path.realpath(library), library[1:])
