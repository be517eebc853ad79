import json
from pathlib import Path

import pytest

from adapter.core import mapping

FOLDER = Path(__file__).parents[3] / "mappings"


@pytest.mark.parametrize("name", sorted(mapping.json_schemas()))
def test_the_published_schema_is_current(name: str) -> None:
    published = (FOLDER / "schema" / name).read_text(encoding="utf-8")
    assert published == mapping.json_schemas()[name], "make it anew as mappings/README.md says at its end"


@pytest.mark.parametrize("name", sorted(mapping.json_schemas()))
def test_a_schema_reads_the_same_in_draft_7(name: str) -> None:
    text = mapping.json_schemas()[name]
    assert "prefixItems" not in text
    assert json.loads(text)["$schema"] == "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize("file", mapping.FILES)
def test_each_file_names_its_schema_in_its_first_line(file: str) -> None:
    first = (FOLDER / "vinhphuc" / file).read_text(encoding="utf-8").splitlines()[0]
    schema = file.replace(".yaml", ".json")
    assert first == f"# yaml-language-server: $schema=../schema/{schema}"
    assert (FOLDER / "vinhphuc" / f"../schema/{schema}").exists()


def test_every_key_explains_itself_in_vietnamese() -> None:
    for name, text in mapping.json_schemas().items():
        for shape in json.loads(text)["$defs"].values():
            for key, entry in shape.get("properties", {}).items():
                assert not entry["title"].isascii(), f"{name}: {key}"
