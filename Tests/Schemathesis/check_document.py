"""Checks an OpenAPI document: that it is one, and that each of its examples fits its schema."""

import json
import sys

from jsonschema import Draft202012Validator
from openapi_spec_validator import validate


def nodes(value, place=""):
    yield place, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from nodes(child, f"{place}/{name}")


def examples(holder):
    if "example" in holder:
        yield holder["example"]
    for example in holder.get("examples", {}).values():
        yield example["value"]


def main(path):
    with open(path) as file:
        document = json.load(file)
    validate(document)
    wrong = []
    for place, holder in nodes(document):
        if isinstance(holder, dict) and isinstance(holder.get("schema"), dict) and not place.endswith("event-stream"):
            schema = {**holder["schema"], "components": document["components"]}
            for example in examples(holder):
                for error in Draft202012Validator(schema).iter_errors(example):
                    wrong.append(f"{place}: {error.message}")
    if wrong:
        sys.exit("openapi.json: examples that do not fit their schema:\n" + "\n".join(wrong))


main(sys.argv[1])
