import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapter.onestop import shapes
from adapter.onestop.flatten import flatten
from adapter.onestop.unread import Unread

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

SHAPES: dict[str, tuple[str, dict[str, str]]] = {
    "plain": ("<A>1</A><B>x y</B>", {"A": "1", "B": "x y"}),
    "empty element is empty text": ("<A/><B></B>", {"A": "", "B": ""}),
    "absent element is absent": ("", {}),
    "nil element is absent": ('<A xsi:nil="true"/><B xsi:nil="1"/><C xsi:nil="false"/>', {"C": ""}),
    "nil block is absent": ('<A xsi:nil="true"><B>1</B></A>', {}),
    "blanks are kept": ("<A> 1\n</A>", {"A": " 1\n"}),
    "block": ("<A><B>1</B><C><D>2</D></C></A>", {"A/B": "1", "A/C/D": "2"}),
    "blanks between elements are layout": ("<A>\n  <B>1</B>\n</A>", {"A/B": "1"}),
    "text beside elements": ("<A>so <B>1</B> so</A>", {"A": "so  so", "A/B": "1"}),
    "repeated": ("<T>a</T><T>b</T><U>c</U><T>d</T>", {"T": "a", "T[2]": "b", "U": "c", "T[3]": "d"}),
    "repeated block": ("<T><A>1</A></T><T><A>2</A></T>", {"T/A": "1", "T[2]/A": "2"}),
    "position counts a nil one": ('<T>a</T><T xsi:nil="true"/><T>c</T>', {"T": "a", "T[3]": "c"}),
    "attribute": ('<A loai="x">1</A><B k="v"/>', {"A/@loai": "x", "A": "1", "B/@k": "v", "B": ""}),
    "attribute of a block": ('<A k="v"><B>1</B></A>', {"A/@k": "v", "A/B": "1"}),
    "type of XML Schema says nothing": ('<A xsi:type="string">1</A>', {"A": "1"}),
    "namespaces go": ('<n:A xmlns:n="urn:n" n:k="v">1</n:A>', {"A/@k": "v", "A": "1"}),
    "CDATA and references": ("<A><![CDATA[<b>&]]>&amp;&#7891;</A>", {"A": "<b>&&ồ"}),
}


@pytest.mark.parametrize(("inside", "expected"), SHAPES.values(), ids=SHAPES.keys())
def test_a_record_by_path(inside: str, expected: dict[str, str]) -> None:
    assert flatten(etree.fromstring(f"<HoSo {XSI}>{inside}</HoSo>")) == expected


@pytest.mark.parametrize("asked", ["A", "B", "C", "T", "T[2]", "U", "A/B", "A/@k", "@ma", "Khác"])
@pytest.mark.parametrize(("inside", "expected"), SHAPES.values(), ids=SHAPES.keys())
def test_one_path_of_a_record_is_what_all_of_it_says(inside: str, expected: dict[str, str], asked: str) -> None:
    record = f"<HoSo {XSI}>{inside}</HoSo>"
    unread = Unread(etree.fromstring(record))
    assert unread.one(asked) == expected.get(asked)
    assert unread.inputs == expected
    assert unread.one(asked) == expected.get(asked)


def test_the_records_own_attributes() -> None:
    assert flatten(etree.fromstring('<HoSo ma="1"><A/></HoSo>')) == {"@ma": "1", "A": ""}


def test_a_second_sibling_does_not_rename_the_first() -> None:
    one = flatten(etree.fromstring("<HoSo><T>a</T></HoSo>"))
    two = flatten(etree.fromstring("<HoSo><T>a</T><T>b</T></HoSo>"))
    assert one.items() <= two.items()


def test_names_made_up_by_the_source_are_not_remembered_for_ever() -> None:
    for number in range(5000):
        name = f"A{number}"
        assert flatten(etree.fromstring(f"<HoSo><{name}>1</{name}></HoSo>")) == {name: "1"}


_texts = st.text(st.sampled_from("aồ <>&\"'\n\t\r]=/"), max_size=6)
_names = st.sampled_from(["A", "B", "n:A", "T"])
_attributes = st.dictionaries(
    st.sampled_from(["k", "xsi:nil", "xsi:type", "n:k"]), st.sampled_from(["true", "v>", "<"])
)


@st.composite
def _inside(draw: st.DrawFn, depth: int = 3) -> str:
    """What may stand in an element: text, elements, or both, seldom attributes."""
    if depth == 0 or draw(st.booleans()):
        return _escaped(draw(_texts))
    parts = [_escaped(draw(st.one_of(st.just(""), st.just("\n "), _texts)))]
    for _ in range(draw(st.integers(0, 4))):
        name, attributes = draw(_names), draw(st.one_of(st.just({}), _attributes))
        written = "".join(f" {key}='{_escaped(value)}'" for key, value in attributes.items())
        parts += [f"<{name}{written}>{draw(_inside(depth=depth - 1))}</{name}>"]
        parts += [_escaped(draw(st.one_of(st.just(""), st.just("\n "), _texts)))]
    return "".join(parts)


def _escaped(text: str) -> str:
    for written, reference in (("&", "&amp;"), ("<", "&lt;"), ("'", "&apos;"), ("\r", "&#13;"), ("]]>", "]]&gt;")):
        text = text.replace(written, reference)
    return text


@given(_inside())
def test_read_by_its_shape_a_record_says_the_same(inside: str) -> None:
    record = f"<n:HoSo xmlns:n='urn:n' {XSI}>{inside}</n:HoSo>"
    expected = flatten(etree.fromstring(record))
    assert Unread(etree.fromstring(record)).inputs == expected
    assert list(Unread(etree.fromstring(record)).inputs) == list(expected)


def test_records_of_one_shape_are_read_without_walking_their_elements() -> None:
    assert shapes.read(b"<HoSo><A>1</A><B/><C>\n <D>x</D></C></HoSo>") == {"A": "1", "B": "", "C/D": "x"}
    assert shapes.read(b"<HoSo><A>2</A><B/><C> <D></D></C></HoSo>") == {"A": "2", "B": "", "C/D": ""}
    assert shapes.read(b"<HoSo><A>2</A><B/><C>so <D></D></C></HoSo>") is None
    assert shapes.read(b"<HoSo><A>2 &lt; 3</A></HoSo>") is None
    assert shapes.read(b"<HoSo><A k='v'>2</A></HoSo>") is None


@pytest.mark.parametrize(("name", "inside"), [("A", "<B/>" * 5000), ("A" * 4000, "<B/>" * 100)])
def test_a_shape_that_is_much_to_remember_is_none(name: str, inside: str) -> None:
    assert shapes.read(f"<HoSo><{name}>{inside}</{name}></HoSo>".encode()) is None
