"""Writes a commit that no stock git would make into the repository in the current folder, and prints its ID:
hostile.py < description

The description is JSON: a tree is an object from names to entries (names as latin-1, so that any byte can be one); an
entry is {"mode": "100644", "text": "..."}, {"mode": "40000", "tree": {...}}, {"mode": "160000", "id": "<hex>"}, or
{"mode": "40000", "copies": 10, "levels": 10, "text": "..."} for a tree of trees with the same ten in each."""
import hashlib
import json
import os
import sys
import zlib


def store(kind, content):
    """Writes a loose object, whatever git would say of it."""
    data = f"{kind} {len(content)}\0".encode() + content
    name = hashlib.sha1(data).hexdigest()
    path = f".git/objects/{name[:2]}/{name[2:]}"
    if not os.path.exists(path):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(zlib.compress(data, 1))
    return name


def entry(description):
    if "id" in description:
        return description["id"]
    if "tree" in description:
        return tree(description["tree"])
    if "copies" in description:
        inner = store("blob", description["text"].encode())
        mode = "100644"
        for _ in range(description["levels"]):
            names = [f"{number:02}" for number in range(description["copies"])]
            inner = store("tree", b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(inner) for name in names))
            mode = "40000"
        return inner
    if "zeros" in description:
        return store("blob", bytes(description["zeros"]))
    return store("blob", description["text"].encode())


def tree(description):
    # Git's order: as if the names of trees ended with a slash.
    def order(item):
        return item[0].encode("latin-1") + (b"/" if item[1]["mode"] == "40000" else b"")

    entries = sorted(description.items(), key=order)
    return store("tree", b"".join(
        value["mode"].encode() + b" " + name.encode("latin-1") + b"\0" + bytes.fromhex(entry(value))
        for name, value in entries))


person = "Mallory <mallory@example.com> 1700000000 +0000"
root = tree(json.load(sys.stdin))
print(store("commit", f"tree {root}\nauthor {person}\ncommitter {person}\n\nhostile\n".encode()))
