"""The JSON schema of `filter.toml`, for editors and for messages: `docs/filter.schema.json`.

`python -m realtime.filters.packs.schema` writes it and the face template.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from realtime.filters.face_template import template_svg
from realtime.filters.packs.format import SCHEMA_VERSION, Manifest

DOCS_DIR = Path(__file__).resolve().parents[3] / "docs"


class _TomlSchema(GenerateJsonSchema):
    """pydantic's schema in the format's order, without null, which TOML has not, and titles that repeat keys."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        return value

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        if made.get("default") is None or isinstance(made["default"], dict):
            made.pop("default", None)
        return made

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def manifest_schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        **Manifest.model_json_schema(schema_generator=_TomlSchema),
        "title": f"Filter pack, schema {SCHEMA_VERSION}",
    }


def schema_text() -> str:
    """The schema as it stands in the file."""
    return json.dumps(manifest_schema(), indent=1) + "\n"


def main() -> None:
    """Write both files."""
    (DOCS_DIR / "filter.schema.json").write_text(schema_text(), encoding="utf-8")
    (DOCS_DIR / "face_template.svg").write_text(template_svg(), encoding="utf-8")


if __name__ == "__main__":
    main()
