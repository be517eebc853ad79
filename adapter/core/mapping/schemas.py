"""The JSON Schemas of the mapping files, for editors that complete and explain while an admin types."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from adapter.core.mapping.drafts import SHAPES


class _Draft7(GenerateJsonSchema):
    """yaml-language-server speaks draft 7; our shapes use nothing that draft 7 reads otherwise."""

    schema_dialect = "http://json-schema.org/draft-07/schema#"


def json_schemas() -> Mapping[str, str]:
    """Return schema file name (``source.json``) to JSON text, as kept in ``mappings/schema``."""
    return {file.replace(".yaml", ".json"): _text(file) for file in SHAPES}


def _text(file: str) -> str:
    schema: dict[str, Any] = {"$schema": _Draft7.schema_dialect}
    schema |= SHAPES[file].model_json_schema(schema_generator=_Draft7)
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
