"""What JSON Schema cannot say about the API's values, for schemathesis.

Its positive tests expect that what fits the document is accepted. A few formats of the document have rules that no schema
expresses (a key must decode, an archive must open, two files cannot have one name): here is how to make valid ones.
"""

import base64
import io
import itertools
import os
import re
import tarfile
import zipfile

import schemathesis
from hypothesis import strategies as st

# What `scripts/schemathesis` made beforehand.
KEY_IDS = os.environ["CASTER_KEY_IDS"].split()
SITE = os.environ["CASTER_SITE"]
DEPLOYMENT = int(os.environ["CASTER_DEPLOYMENT"])
CLAIM_TOKENS = os.environ["CASTER_CLAIM_TOKENS"].split()

NUMBERS = itertools.count()
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9-]{6,61}[a-z0-9]")


def ssh_public_key(point: bytes, comment: str) -> str:
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in (b"ssh-ed25519", point))
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} {comment}".rstrip()


def zip_archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def tar_archive(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


# A suffix that no folder has, so that no file's name is a folder of another's; and no disguise of .git.
part = st.text(st.characters(codec="utf-8", categories=("L", "Nd")), min_size=1, max_size=20).map(lambda text: "x" + text)
path = st.lists(part, min_size=1, max_size=3).map(lambda parts: "/".join(parts) + ".html")
files = st.dictionaries(path, st.binary(max_size=200), min_size=1, max_size=4)

schemathesis.openapi.format("site-path", path)
schemathesis.openapi.format("domain", st.from_regex(r"([a-z]{3,9}\.){1,3}[a-z]{3,9}", fullmatch=True))
schemathesis.openapi.format("archive", st.one_of(files.map(zip_archive), files.map(tar_archive)))
schemathesis.openapi.format(
    "ssh-public-key",
    st.builds(ssh_public_key, st.binary(min_size=32, max_size=32), st.from_regex(r"[a-z]{0,8}@?[a-z]{0,8}", fullmatch=True)),
)
schemathesis.openapi.format(
    "password", st.text(min_size=8, max_size=200).filter(lambda text: len(text.encode()) <= 1024))


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """The short ID is a part of the site ID, which standard link expressions cannot cut out."""
    paths = raw_schema["paths"]
    short_id = "$response.body#/site/site_id#regex:(........)"
    for path in ("/api/v1/sites", "/api/v1/deploy"):
        for response in paths[path]["post"]["responses"].values():
            if "links" in response or "Site" in str(response.get("content")):
                response.setdefault("links", {}).update({
                    name: {"operationId": name, "parameters": {"identifier": short_id}}
                    for name in ("getSite", "renameSite", "paste", "upload", "listDeployments", "deleteSite")})


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """A site and a deployment that exist in place of made-up ones, so that more than the 404 is tested. What deletes
    keeps its made-up ones: it gets real ones from links."""
    identifier = str((path_parameters or {}).get("identifier"))
    if context.operation.method.upper() != "DELETE" and IDENTIFIER.fullmatch(identifier):
        path_parameters["identifier"] = SITE
        number = path_parameters.get("id")
        if isinstance(number, int) and number > 0 and number % 4:
            path_parameters["id"] = DEPLOYMENT
    return path_parameters


@schemathesis.hook
def map_body(context, body):
    """No two files of one name: a rule between array items. And some claim tokens that are good once."""
    if context.operation.path == "/api/v1/claim" and isinstance(body, dict) and isinstance(body.get("claim_token"), str):
        if CLAIM_TOKENS:
            body["claim_token"] = CLAIM_TOKENS.pop()
    if isinstance(body, dict) and isinstance(body.get("files"), list):
        seen = set()
        for file in body["files"]:
            if isinstance(file, dict) and isinstance(file.get("name"), str):
                while file["name"] in seen:
                    file["name"] = "x" + file["name"]
                seen.add(file["name"])
    return body


@schemathesis.hook
def before_call(context, case, kwargs):
    """Never deletes an API key with which everything is called: the call goes to a key that does not exist. (That a
    deleted key is refused is tested in Swift.) And no Idempotency-Key is used twice, which would get the answer of an
    earlier test. (That it does so is tested in Swift, too.)"""
    if case.method == "DELETE" and case.path == "/api/v1/api-keys/{id}" and str(case.path_parameters.get("id")) in KEY_IDS:
        case.path_parameters["id"] = 2**62
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and 0 < len(key) < 200:
        case.headers["Idempotency-Key"] = f"{key}{next(NUMBERS)}"
