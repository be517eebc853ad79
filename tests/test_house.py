"""The law of the house: which room may open which door, no circles, vendor fences, sizes."""

import ast
import statistics
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WORDS = {"model", "errors", "ports"}
DOORS = {"onestop", "zalo", "documents", "store", "web", "alarms"}
MAY_OPEN: dict[str, set[str]] = {
    "model": set(),
    "errors": {"model"},
    "ports": {"model", "errors"},
    "config": {"model", "errors"},
    "logs": set(),
    "core": {"model", "errors"},
    "steps": WORDS | {"core"},
    "onestop": WORDS,
    "zalo": WORDS,
    "documents": WORDS,
    "store": WORDS,
    "alarms": WORDS,
    "web": WORDS | {"core", "steps"},
    "simulators": set(),
    "wiring": WORDS | DOORS | {"config", "core", "steps"},
    "daemon": WORDS | {"config", "core", "steps", "web", "wiring"},
    "cli": WORDS | {"config", "core", "daemon", "logs", "simulators", "steps", "store", "wiring"},
    "__main__": {"cli"},
}
LIVES_IN: dict[str, set[str]] = {
    "zeep": {"onestop"},
    "requests": {"onestop"},
    "lxml": {"onestop", "core"},
    "httpx": {"zalo", "documents"},
    "httpx_aiohttp": {"zalo"},
    "aiohttp": {"zalo"},
    "sqlalchemy": {"store"},
    "alembic": {"store"},
    "psycopg": {"store"},
    "tink": {"store"},
    "orjson": {"store"},
    "rfc8785": {"store"},
    "apscheduler": {"daemon"},
    "click": {"cli"},
    "rich": {"cli"},
    "structlog": {"logs"},
    "prometheus_client": {"web"},
    "ruamel": {"core"},
}
IMPURE = {"logging", "random", "secrets", "time", "os", "socket", "subprocess", "threading", "asyncio", "io"}
MAX_MODULE, MAX_FUNCTION = 250, 40
AIM_MODULE, AIM_FUNCTION = 120, 12
MODULES = sorted(path for path in (ROOT / "adapter").rglob("*.py") if "versions" not in path.parts)


def name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {name(path) for path in MODULES}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: write imports in full"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in NAMES else node.module or ""


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_opens_only_its_own_doors(path: Path) -> None:
    here = room(name(path))
    for module in imports(path):
        top = module.split(".")[0]
        if top == "adapter" and room(module) not in {here, ""}:
            assert room(module) in MAY_OPEN[here], f"{name(path)} must not know {module}"
        assert here in LIVES_IN.get(top, {here}), f"{top} does not live in {here}"
        assert not (here == "core" and top in IMPURE), f"core is pure; {name(path)} imports {module}"
    # PurePath only joins names; Path would open files.
    assert not (here == "core" and "import Path" in path.read_text("utf-8"))


def test_no_circles() -> None:
    graph = {name(path): {other for other in imports(path) if other in NAMES} - {name(path)} for path in MODULES}
    # A package's __init__ that re-exports its own modules is not a circle of thought.
    for module, known in graph.items():
        graph[module] = {other for other in known if not module.startswith(f"{other}.")}
    tuple(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_stand_at_the_top(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    inner = [
        node.lineno
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not inner, f"{name(path)} imports inside a function at line {inner}"
    assert "TYPE_CHECKING" not in path.read_text("utf-8")


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_stays_small(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= MAX_MODULE, f"{name(path)} has {lines} lines"
    long = [(called, size) for called, size in functions(path) if size > MAX_FUNCTION]
    assert not long, f"{name(path)}: {long}"


def test_rooms_are_small_on_the_whole() -> None:
    assert statistics.median(len(path.read_text("utf-8").splitlines()) for path in MODULES) <= AIM_MODULE
    assert statistics.median(size for path in MODULES for _, size in functions(path)) <= AIM_FUNCTION


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "base", "manager", "service"])
def test_every_room_has_a_name(word: str) -> None:
    ours = [path for path in MODULES if "simulators" not in path.parts]
    assert not [name(path) for path in ours if path.stem == word]


def test_sql_is_spoken_in_the_store_only() -> None:
    for path in MODULES:
        if room(name(path)) != "store":
            text = path.read_text("utf-8")
            assert not any(verb in text for verb in ("SELECT ", "INSERT INTO", "UPDATE deliveries", "DELETE FROM"))
