"""A mapping set written by somebody who wants more than a mapping."""

import string
import time
from itertools import pairwise
from pathlib import Path

import pytest

from adapter.core import mapping
from tests.fuzz.targets import SET

BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n" for before, name in pairwise(string.ascii_lowercase[:12])
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "offices: &a\n  x: *a\n",
        "<<: &a {offices: *a}\n",
        'offices: {"H1": {name: !!python/object/apply:os.system ["touch pwned"]}}\n',
        'offices: {"H1": {name: !!python/name:os.system }}\n',
    ],
    ids=["a trillion items", "itself", "merged with itself", "a call", "a function"],
)
def test_anchors_and_tags_are_refused_at_once_and_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    start = time.process_time()
    rulebook, problems = mapping.load(SET | {"offices.yaml": text}, "m")
    assert time.process_time() - start < 2
    assert rulebook is None
    assert any(problem.text.startswith(("không dùng dấu neo", "không dùng thẻ")) for problem in problems)
    assert list(tmp_path.iterdir()) == []
