from adapter.model import MappingVersion
from adapter.ports import Store

ONE, TWO = MappingVersion("1" * 16), MappingVersion("2" * 16)
FILES = {"fields.yaml": "mã: x\n", "messages.yaml": "# chú thích\n"}
NEWER = {"fields.yaml": "mã: y\n"}


def _keep(store: Store, name: str, version: MappingVersion, files: dict[str, str]) -> bool:
    return store.write("test", lambda tx: tx.mappings.keep(name, version, files))


def test_the_latest_version_and_every_older_one_can_be_had(store: Store) -> None:
    assert store.read(lambda tx: tx.mappings.latest("vp")) is None
    assert _keep(store, "vp", ONE, FILES)
    assert _keep(store, "vp", TWO, NEWER)
    assert store.read(lambda tx: tx.mappings.latest("vp")) == NEWER
    assert store.read(lambda tx: tx.mappings.files(ONE)) == FILES
    assert store.read(lambda tx: tx.mappings.files(MappingVersion("3" * 16))) is None


def test_keeping_the_latest_again_changes_nothing(store: Store) -> None:
    _keep(store, "vp", ONE, FILES)
    assert not _keep(store, "vp", ONE, NEWER)
    assert store.read(lambda tx: tx.mappings.files(ONE)) == FILES


def test_an_older_version_may_become_the_latest_again(store: Store) -> None:
    _keep(store, "vp", ONE, FILES)
    _keep(store, "vp", TWO, NEWER)
    assert _keep(store, "vp", ONE, FILES)
    assert store.read(lambda tx: tx.mappings.latest("vp")) == FILES
    assert store.read(lambda tx: tx.mappings.files(TWO)) == NEWER


def test_sets_are_apart(store: Store) -> None:
    _keep(store, "vp", ONE, FILES)
    _keep(store, "pt", TWO, NEWER)
    assert store.read(lambda tx: tx.mappings.latest("vp")) == FILES
    assert store.read(lambda tx: tx.mappings.latest("pt")) == NEWER
