"""The JSON schema of `filter.toml`, for editors: `docs/filter.schema.json`.

`python -m realtime.filters.packs.schema` writes it and the face template anew.
"""

import json
from pathlib import Path
from typing import Any

from realtime.filters.face_template import template_svg
from realtime.filters.packs.manifest import SCHEMA_VERSION, TABLE

DOCS_DIR = Path(__file__).resolve().parents[3] / "docs"


def manifest_schema() -> dict[str, Any]:
    """The schema, draft 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Filter pack, schema {SCHEMA_VERSION}",
        **TABLE.schema(),
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
