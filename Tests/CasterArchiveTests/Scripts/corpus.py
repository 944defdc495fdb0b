"""Writes the archives of the tests into the folder that is its argument, one a case."""
import gzip
import io
import os
import struct
import subprocess
import sys
import tarfile
import warnings
import zipfile
import zlib

os.chdir(sys.argv[1])
warnings.simplefilter("ignore")


def make_zip(name, entries, **options):
    """Entries are (name, content) or (ZipInfo, content)."""
    with zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for info, content in entries:
            archive.writestr(info, content)


def make_tar(name, entries, mode="w", format=tarfile.PAX_FORMAT):
    """Entries are (name or TarInfo, content or None)."""
    with tarfile.open(name, mode, format=format) as archive:
        for info, content in entries:
            if isinstance(info, str):
                info = tarfile.TarInfo(info)
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content) if content is not None else None)


def both(name, entries):
    make_zip(name + ".zip", entries)
    make_tar(name + ".tar", entries)
    make_tar(name + ".tgz", entries, "w:gz")


def zip_info(name, mode=0o100644):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def tar_info(name, type=tarfile.REGTYPE, link="", mode=0o644, size=0):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.size = type, link, mode, size
    return info


def read(name):
    with open(name, "rb") as file:
        return file.read()


def write(name, content):
    with open(name, "wb") as file:
        file.write(content)


def patched(name, source, old, new, count=-1):
    content = read(source)
    assert old in content, (name, old)
    write(name, content.replace(old, new, count))


PAGE = b"<h1>hello</h1>\n" * 20
SITE = [("index.html", PAGE), ("css/a.css", b"a{}"), ("css/deep/er/b.css", b"b{}"), ("empty", b"")]

# What people send.
both("plain", SITE)
both("wrapped", [("my-site/" + name, content) for name, content in SITE])
both("two-folders", [("a/x", b"1"), ("b/x", b"2")])
both("nested-wrap", [("a/b/x", b"1"), ("a/b/y", b"2")])
both("single-in-folder", [("a/x", b"1")])
both("litter", [
    ("my-site/index.html", PAGE), ("__MACOSX/my-site/._index.html", b"x"), ("__MACOSX/._my-site", b"x"), (".DS_Store", b"x"),
    ("._my-site", b"x"), ("my-site/.DS_Store", b"x"), ("my-site/._index.html", b"x"), ("my-site/.git/HEAD", b"ref: x"),
    ("my-site/.git/objects/ab/cd", b"x"), ("my-site/vendor/x/.git", b"gitdir: y"), ("my-site/.gitignore", b"x"),
    ("my-site/.well-known/a", b"x")])
both("unicode", [("\u65e5\u672c/\u00e9.html", b"1"), ("\U0001f469\u200d\U0001f467", b"2")])
both("unicode-decomposed", [("e\u0301.html", b"1")])
long_name = "/".join(["x" * 200] * 4) + "/end"
both("long-name", [(long_name, b"1"), ("b", b"2")])
make_tar("long-name-gnu.tar", [(long_name, b"1"), ("b", b"2")], format=tarfile.GNU_FORMAT)
make_tar("ustar.tar", SITE, format=tarfile.USTAR_FORMAT)
make_tar("dot.tar", [
    (tar_info(".", tarfile.DIRTYPE), None), (tar_info("./a", tarfile.DIRTYPE), None), ("./a/x", b"1"), ("./index.html", b"2")])
make_tar("dot-wrapped.tar", [
    (tar_info("./", tarfile.DIRTYPE), None), (tar_info("./a/", tarfile.DIRTYPE), None), ("./a/x", b"1"), ("./a/y", b"2")])
make_tar("executable.tar", [(tar_info("run", mode=0o755), None), (tar_info("page", mode=0o644), None)])
make_zip("executable.zip", [(zip_info("run", 0o100755), b"1"), (zip_info("page"), b"2")])
make_zip("folders.zip", [("a/", b""), ("a/b/", b""), ("a/b/x", b"1"), ("a/", b"")])
windows = zipfile.ZipInfo("a\\b.txt")
windows.create_system = 0
make_zip("windows.zip", [(windows, b"1")])
with zipfile.ZipFile("zip64.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    with archive.open("a", "w", force_zip64=True) as file:
        file.write(PAGE)
    archive.writestr("b", b"2")


class Pipe(io.RawIOBase):
    """What cannot seek, so that sizes follow the data."""

    def __init__(self):
        self.content = bytearray()

    def writable(self):
        return True

    def write(self, part):
        self.content += part
        return len(part)


for name, force in (("data-descriptor", False), ("data-descriptor-zip64", True)):
    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in SITE:
            with archive.open(entry, "w", force_zip64=force) as file:
                file.write(content)
    write(name + ".zip", pipe.content)
zipfile.ZIP64_LIMIT, limit = -1, zipfile.ZIP64_LIMIT
with zipfile.ZipFile("zip64-always.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for entry, content in SITE:
        with archive.open(entry, "w", force_zip64=True) as file:
            file.write(content)
zipfile.ZIP64_LIMIT = limit
many = [(f"f{number}", b"x") for number in range(70_000)]
make_zip("zip64-many.zip", many)
write("two-members.tgz", b"".join(gzip.compress(part) for part in (read("plain.tar")[:1000], read("plain.tar")[1000:])))
write("zero-padded.tgz", read("plain.tgz") + b"\0" * 5000)
write("two-archives.tar", read("plain.tar") + read("single-in-folder.tar"))
with zipfile.ZipFile("commented.zip", "w") as archive:
    archive.writestr("x", b"1")
    archive.comment = b"made by a program"

# What is refused.
for kind, type, mode in (
        ("symlink", tarfile.SYMTYPE, 0o120777), ("hard-link", tarfile.LNKTYPE, None), ("character-device", tarfile.CHRTYPE, 0o020644),
        ("block-device", tarfile.BLKTYPE, 0o060644), ("named-pipe", tarfile.FIFOTYPE, None), ("socket", None, 0o140644)):
    if type:
        make_tar(kind + ".tar", [("ok", b"1"), (tar_info("a/bad", type, "ok"), None)])
    if mode:
        make_zip(kind + ".zip", [("ok", b"1"), (zip_info("a/bad", mode), b"ok")])
sized_link = tar_info("a/bad", tarfile.LNKTYPE, "ok", size=3)
make_tar("hard-link-with-data.tar", [("ok", b"1"), (sized_link, b"abc")])
make_tar("multi-volume.tar", [("ok", b"1"), (tar_info("a/bad", b"M"), None)])

names = {
    "parent": "../evil", "parent-inside": "a/../../evil", "absolute": "/etc/evil", "parent-windows": "..\\evil", "backslash": "a/b\\evil", "empty-part": "a//evil",
    "dot-part": "a/./evil", "control": "a\x1b[2Jevil", "newline": "evil\n", "git-case": "a/.GIT/config",
    "long-part": "x" * 256, "long-path": "/".join(["x" * 100] * 11)}
for case, name in names.items():
    both("name-" + case, [("ok", b"1"), (name, b"2")])
make_zip("name-nul.zip", [("ok", b"1"), ("evil|.png", b"2")])
patched("name-nul.zip", "name-nul.zip", b"evil|.png", b"evil\0.png")
make_zip("name-not-utf8.zip", [("ok", b"1"), ("evil|", b"2")])
patched("name-not-utf8.zip", "name-not-utf8.zip", b"evil|", b"evil\xff")
make_zip("name-not-utf8-flagged.zip", [("ok", b"1"), ("evil\u00e9", b"2")])
patched("name-not-utf8-flagged.zip", "name-not-utf8-flagged.zip", b"evil\xc3\xa9", b"evil\xff\xfe")
make_tar("name-not-utf8.tar", [("ok", b"1"), ("evil\udcff", b"2")], format=tarfile.USTAR_FORMAT)
make_tar("name-not-utf8-pax.tar", [("ok", b"1"), ("evil\u00e9" * 60, b"2")])
patched("name-not-utf8-pax.tar", "name-not-utf8-pax.tar", b"evil\xc3\xa9", b"evil\xff\xfe")
make_tar("name-empty.tar", [("ok", b"1"), ("", b"2")])
both("name-folder-parent", [("ok", b"1"), ("../", b"")])
both("duplicate", [("a/x", b"1"), ("y", b"2"), ("a/x", b"3")])
both("file-and-folder", [("a/x", b"1"), ("a/x/y", b"2"), ("b", b"3")])
both("folder-and-file", [("a/x/y", b"1"), ("a/x", b"2"), ("b", b"3")])
make_tar("spellings.tar", [("\u00e9/a", b"1"), ("b", b"2"), ("e\u0301/c", b"3")], format=tarfile.USTAR_FORMAT)
both("empty", [])
both("only-litter", [("__MACOSX/a", b"1"), (".DS_Store", b"2")])
make_zip("only-folders.zip", [("a/", b""), ("b/", b"")])
make_tar("only-folders.tar", [(tar_info("a", tarfile.DIRTYPE), None)])
write("zero-bytes.zip", b"")
write("text.zip", b"hello, this is no archive" * 100)
write("short-text.zip", b"hello")
write("text.tgz", gzip.compress(b"hello, this is no archive" * 100))
write("rar.zip", b"Rar!\x1a\x07\x01\x00" + b"x" * 2000)
write("just-pk.zip", b"PK")
make_tar("bzip2.tar", SITE, "w:bz2")
make_tar("xz.tar", SITE, "w:xz")
iso = bytearray(40 * 2048)
iso[16 * 2048:16 * 2048 + 6] = b"\x01CD001"
write("iso.zip", iso)
write("cpio.tar", b"070701" + b"0" * 104 + b"x" * 1000)
for method, name in ((zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "lzma")):
    with zipfile.ZipFile(f"method-{name}.zip", "w", method) as archive:
        archive.writestr("a/evil", PAGE)


with zipfile.ZipFile("stored.zip", "w") as archive:
    archive.writestr("ok", b"1")
    archive.writestr("a/page", PAGE)


def encrypted(content):
    """Sets the flag in each header."""
    content = bytearray(content)
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(signature)
        while at >= 0:
            content[at + place] |= 1
            at = content.find(signature, at + 4)
    return content


write("encrypted.zip", encrypted(read("plain.zip")))

aes = encrypted(read("stored.zip"))
aes = aes.replace(b"PK\x03\x04\x14\0\x01\0\0\0", b"PK\x03\x04\x33\0\x01\0\x63\0")  # method 99
write("encrypted-aes.zip", aes)

# Bombs.
make_zip("bomb-file.zip", [("ok", b"1"), ("a/big", b"\0" * (26 << 20))])
make_tar("bomb-file.tgz", [("ok", b"1"), ("a/big", b"\0" * (26 << 20))], "w:gz")
make_zip("bomb-ratio.zip", [("ok", b"1")] + [(f"a/{number}", b"\0" * (3 << 20)) for number in range(4)])
make_tar("bomb-ratio.tgz", [("ok", b"1")] + [(f"a/{number}", b"\0" * (3 << 20)) for number in range(4)], "w:gz")
make_tar("bomb-litter.tgz", [("ok", b"1"), ("__MACOSX/a", b"\0" * (30 << 20))], "w:gz")
make_tar("bomb-end.tgz", [("ok", b"1")], "w:gz")
write("bomb-end.tgz", gzip.compress(read("single-in-folder.tar") + b"\0" * (30 << 20)))
make_zip("promise.zip", [("ok", b"1"), ("a/small", b"x" * 5000)])
patched("promise.zip", "promise.zip", struct.pack("<I", 5000), struct.pack("<I", 4000))
make_zip("promise-more.zip", [("ok", b"1"), ("a/small", b"x" * 5000)])
patched("promise-more.zip", "promise-more.zip", struct.pack("<I", 5000), struct.pack("<I", 6000))
with open("hole", "wb") as file:
    file.truncate(8 << 30)
subprocess.run(["tar", "--sparse", "-cf", "sparse-gnu.tar", "hole"], check=True)
subprocess.run(["tar", "--sparse", "--format=posix", "-cf", "sparse-pax.tar", "hole"], check=True)
with open("hole", "wb") as file:
    file.truncate(1 << 20)
    file.seek(500_000)
    file.write(b"island")
subprocess.run(["tar", "--sparse", "-cf", "sparse-small.tar", "hole"], check=True)
os.remove("hole")
compressed = zlib.compressobj(9, zlib.DEFLATED, -15)
kernel = compressed.compress(b"\0" * (2 << 20)) + compressed.flush()
crc = zlib.crc32(b"\0" * (2 << 20))
local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 33, crc, len(kernel), 2 << 20, 1, 0) + b"a" + kernel
listing = b"".join(
    struct.pack("<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 33, crc, len(kernel), 2 << 20, 5, 0, 0, 0, 0, 0, 0) + b"f%04d" % number
    for number in range(2))
write("overlap.zip", local + listing + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 2, 2, len(listing), len(local), 0))

# Damage.
patched("bad-checksum.zip", "stored.zip", b"hello", b"hullo", 1)
damaged = bytearray(read("plain.tgz"))
damaged[-6] ^= 1
write("bad-checksum.tgz", damaged)
damaged = bytearray(read("plain.tgz"))
damaged[-2] ^= 1
write("bad-length.tgz", damaged)
write("garbage-behind.tgz", read("plain.tgz") + b"garbage")
write("garbage-behind.tar", read("plain.tar") + b"garbage!" * 100)
write("no-end.tar", read("ustar.tar").rstrip(b"\0").ljust(-(-len(read("ustar.tar").rstrip(b"\0")) // 512) * 512, b"\0"))
write("garbage-behind.zip", read("plain.zip") + b"garbage")
lying = bytearray(read("plain.zip"))
lying[-14:-10] = struct.pack("<2H", 2, 2)
write("count-lies.zip", lying)
locator = read("zip64-always.zip").rindex(b"PK\x06\x07")
lying = bytearray(read("zip64-always.zip"))
lying[locator + 4] = 1
write("zip64-other-disk.zip", lying)
huge = bytearray(read("zip64-always.zip"))
field = huge.rindex(b"\x01\0\x18\0", 0, locator)
huge[field + 12:field + 20] = b"\xff" * 8
write("zip64-huge.zip", huge)
write("head-only.zip", read("plain.zip")[:-60])
write("half.tar", read("plain.tar")[:1200])
write("half.tgz", read("plain.tgz")[:150])
