"""Writes archives for the upload stories into the folder that is its argument."""
import io
import os
import sys
import tarfile
import zipfile

os.chdir(sys.argv[1])
FILES = [("index.html", b"<h1>Up</h1>", 0o644), ("bin/run.sh", b"#!/bin/sh\n", 0o755)]


def pack_zip(name, files):
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content, mode in files:
            info = zipfile.ZipInfo(path)
            info.create_system, info.external_attr, info.compress_type = 3, mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, content)


def pack_tar(name, files, mode="w"):
    with tarfile.open(name, mode) as archive:
        for path, content, permissions in files:
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(content), permissions
            archive.addfile(info, io.BytesIO(content))


def pack_special(name, type, link=""):
    with tarfile.open(name, "w") as archive:
        info = tarfile.TarInfo("special")
        info.type, info.linkname = type, link
        archive.addfile(info)


for top, prefix in [("plain", ""), ("wrapped", "my-site-1.0/")]:
    files = [(prefix + path, content, 0o100000 | mode) for path, content, mode in FILES]
    pack_zip(f"{top}.zip", files)
    pack_tar(f"{top}.tar", files)
    pack_tar(f"{top}.tar.gz", files, "w:gz")

pack_zip("traversal.zip", [("index.html", b"x", 0o100644), ("../../evil", b"x", 0o100644)])
pack_tar("absolute.tar", [("index.html", b"x", 0o644), ("/tmp/evil", b"x", 0o644)])
pack_tar("git.tar.gz", [("index.html", b"x", 0o644), (".GIT/hooks/post-receive", b"x", 0o755)], "w:gz")
pack_zip("link.zip", [("index.html", b"x", 0o100644), ("evil", b"/etc/passwd", 0o120777)])
pack_special("symlink.tar", tarfile.SYMTYPE, "/etc/passwd")
pack_special("hardlink.tar", tarfile.LNKTYPE, "../../caster.sqlite")
pack_special("device.tar", tarfile.CHRTYPE)
pack_special("pipe.tar", tarfile.FIFOTYPE)
pack_zip("twice.zip", [("a", b"1", 0o100644), ("b", b"2", 0o100644)])
content = open("twice.zip", "rb").read()
open("twice.zip", "wb").write(content.replace(b"b", b"a"))
pack_zip("encrypted.zip", [("secret.txt", b"x" * 40, 0o100644)])
content = bytearray(open("encrypted.zip", "rb").read())
content[6] |= 1
content[content.index(b"PK\x01\x02") + 8] |= 1
open("encrypted.zip", "wb").write(content)
pack_zip("bomb.zip", [("zeros.bin", bytes(24 << 20), 0o100644)])
pack_tar("bomb.tar.gz", [("zeros.bin", bytes(24 << 20), 0o644)], "w:gz")
pack_tar("whole.tar.gz", [("noise.bin", os.urandom(20000), 0o644)], "w:gz")
open("cut.tar.gz", "wb").write(open("whole.tar.gz", "rb").read()[:10000])
pack_zip("whole.zip", [("noise.bin", os.urandom(20000), 0o100644)])
open("cut.zip", "wb").write(open("whole.zip", "rb").read()[:10000])
open("text.zip", "wb").write(b"This is no archive.\n" * 100)
open("empty.zip", "wb").write(b"PK\x05\x06" + bytes(18))
open("nothing.tar", "wb").write(b"")
