"""What pydantic finds wrong in a `filter.toml`, in one line: file, key, what was found, what to try.

The advice comes from the format's JSON schema, which knows the range, the choices and the meaning of every key.
"""

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic import ValidationError

from realtime.errors import FilterError
from realtime.filters.packs.keys import shown
from realtime.filters.packs.schema import manifest_schema

_SHARED = ("origin", "eye_distance", "blend", "lit", "opacity", "when", "pose")
"""Keys of several kinds, listed after a kind's own."""
_TABLE = "write it as { key = value, ... } or under [...]"


def filter_error(error: ValidationError, file: str) -> FilterError:
    """The error to raise. Keys that are not known come first: a misspelt key is also a missing one."""
    first = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    key, node, parent = _place(first["loc"])
    kind, raw = first["type"], first["input"]
    if kind == "missing" and isinstance(raw, list):  # too short a pair
        key, node = key.rpartition("[")[0], parent
        found, remedy = _expected(raw, node)
    elif kind == "missing":
        found, remedy = "this key is missing", f"add it: {node['description']}"
    elif kind == "union_tag_not_found":
        key, found, remedy = f"{key}.kind", "this key is missing", f"take one of: {', '.join(_kinds(node))}"
    elif kind == "union_tag_invalid":
        key, (found, remedy) = f"{key}.kind", _unknown(raw["kind"], _kinds(node))
    elif kind == "extra_forbidden":
        own = sorted(parent["properties"], key=_SHARED.__contains__)
        found, remedy = "this key is not known", _near(key.rpartition(".")[2], own) or f"known here: {', '.join(own)}"
    elif kind == "value_error":
        found, _, remedy = str(first["ctx"]["error"]).partition("; ")
    else:
        found, remedy = _expected(raw, node)
    return FilterError(f"{file}: {key or 'top level'}: {found}; {remedy}")


def _place(steps: Iterable[int | str]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """A place's dotted path, such as `layer[0].anchors[1].at`, its schema, and that of what it lies in."""
    schema = manifest_schema()

    def followed(node: dict[str, Any]) -> dict[str, Any]:
        return {**schema["$defs"][node["$ref"].rpartition("/")[2]], **node} if "$ref" in node else node

    key, node, parent = "", schema, schema
    for step in steps:
        parent = node
        if isinstance(step, int):
            key, node = f"{key}[{step}]", node["items"] if "items" in node else node["prefixItems"][step]
        elif "discriminator" in node:  # the kind that was found, which is no step of the file
            node = {"$ref": node["discriminator"]["mapping"][step]}
        else:
            key, node = f"{key}.{step}".removeprefix("."), node["properties"].get(step, {})
        node = followed(node)
    return key, node, parent


def _kinds(node: dict[str, Any]) -> list[str]:
    return list(node["discriminator"]["mapping"])


def _near(word: object, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(str(word), list(known), 1)
    return f"did you mean {near[0]!r}?" if near else ""


def _unknown(raw: object, known: list[str]) -> tuple[str, str]:
    listed = ", ".join(known[:40]) + (", ..." if len(known) > 40 else "")
    return f"{shown(raw)} is not known", f"{_near(raw, known) or 'take one of'} ({listed})"


def _expected(raw: object, node: dict[str, Any]) -> tuple[str, str]:
    """What a value that is not of its schema's type or in its range is not, and what to write."""
    if "enum" in node:
        return _unknown(raw, node["enum"])
    if "prefixItems" in node:
        count = node["maxItems"]
        return f"{shown(raw)} is not a list of {count} numbers", f"write it like [{', '.join(['0.0'] * count)}]"
    match node.get("type"):
        case "number":
            low, high = node["minimum"], node["maximum"]
            sort = "whole number" if "multipleOf" in node else "number"
            is_number = isinstance(raw, int | float) and not isinstance(raw, bool)
            found = "is out of range" if is_number else "is not a number"
            return f"{shown(raw)} {found}", f"give a {sort} from {low:g} to {high:g}"
        case "boolean":
            return f"{shown(raw)} is neither true nor false", "write true or false, without quotes"
        case "string":
            return f"{shown(raw)} is not a line of text", f"write 1 to {node['maxLength']} characters in quotes"
        case "array":
            return _expected_list(raw, node)
    return f"{shown(raw)} is not a table", _TABLE


def _expected_list(raw: object, node: dict[str, Any]) -> tuple[str, str]:
    """The same for a list."""
    least, most = node.get("minItems", 0), node["maxItems"]
    if isinstance(raw, list):
        return (
            f"a list of {len(raw)} values is too {'short' if len(raw) < least else 'long'}",
            f"give {least} to {most}",
        )
    advice = "write [[...]] with two brackets, or a list of tables" if isinstance(raw, dict) else "write it in [ and ]"
    return f"{shown(raw)} is not a list of {least} to {most} values", advice
