"""The parser against an independent one: the same records, or a fault."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapter.errors import SourceError, SourceFault
from adapter.model import Operation
from adapter.onestop.answer import Answer
from tests.onestop.hostile import CHANGES, SOAP11, SOAP12, envelope, fault, listing, row

RICH = envelope(
    listing(
        row(1)
        + '<HoSo xsi:nil="true" />'
        + "<HoSo><MaHoSo>2</MaHoSo><Tep><Ten>a</Ten></Tep><Tep loai='x'><Ten>b &amp; c</Ten></Tep></HoSo>"
        + row(3, "Ký tự<![CDATA[ <lạ> ]]>"),
        4,
    )
)


def read(
    document: bytes, operation: Operation = CHANGES, size: int = 7
) -> tuple[list[dict[str, str] | None], int | None]:
    answer = Answer(operation)
    pieces = iter([document[place : place + size] for place in range(0, len(document), size)])
    rows = [None if record is None else dict(record.inputs) for record in answer.records(pieces)]
    return rows, answer.total


def local(tag: str) -> str:
    return tag.rpartition("}")[2]


XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def is_nil(element: ET.Element) -> bool:
    return element.get(f"{XSI}nil", "").strip() in {"true", "1"}


def flat(element: ET.Element, path: str) -> Iterator[tuple[str, str]]:
    """An independent reading of the rules of `Record`."""
    if is_nil(element):
        return
    for name, value in element.items():
        if not name.startswith(XSI):
            yield f"{path}/@{local(name)}", value
    beside = "".join((element.text or "", *(child.tail or "" for child in element)))
    if len(element) == 0 or (beside and not beside.isspace()):
        yield path, beside
    yield from children(element, path + "/")


def children(element: ET.Element, prefix: str) -> Iterator[tuple[str, str]]:
    names = [local(child.tag) for child in element]
    for place, child in enumerate(element):
        nth = names[: place + 1].count(names[place])
        yield from flat(child, prefix + names[place] + (f"[{nth}]" if nth > 1 else ""))


def oracle(document: bytes) -> list[dict[str, str] | None]:
    """What xml.etree and the rules make of a document; raises ParseError."""
    level = [ET.fromstring(document)]  # noqa: S314 - our own document, changed by a few bytes
    for name in ["Body", *CHANGES.records.split("/")]:
        level = [child for parent in level for child in parent if local(child.tag) == name]
    found: list[dict[str, str] | None] = []
    for record in level:
        own = {f"@{local(k)}": v for k, v in record.items() if not k.startswith(XSI)}
        found.append(None if is_nil(record) else own | dict(children(record, "")))
    return found


def test_the_oracle_and_the_parser_agree_on_the_unchanged_answer() -> None:
    rows, total = read(RICH)
    assert rows == oracle(RICH)
    assert len(rows) == total == 4


@pytest.mark.parametrize("size", [1, 2, 3, 64, 100_000])
def test_pieces_of_any_size_read_the_same(size: int) -> None:
    assert read(RICH, size=size) == read(RICH)


MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, len(RICH) - 1),
        st.sampled_from(["replace", "insert", "delete", "double", "swap"]),
        st.one_of(
            st.binary(min_size=1, max_size=3), st.sampled_from([b"<", b">", b"&", b"/", b"'", b"<!--", b"]]>", b"<!"])
        ),
    ),
    min_size=1,
    max_size=4,
)


def mutated(document: bytes, mutations: list[tuple[int, str, bytes]]) -> bytes:
    for place, kind, data in mutations:
        before, after = document[:place], document[place:]
        document = {
            "replace": before + data + after[len(data) :],
            "insert": before + data + after,
            "delete": before + after[len(data) :],
            "double": before + after[:40] + after,
            "swap": after + before,
        }[kind]
    return document


@settings(deadline=None)  # the machine may be busy
@given(MUTATIONS)
def test_a_damaged_answer_is_a_fault_or_what_another_parser_reads(mutations: list[tuple[int, str, bytes]]) -> None:
    document = mutated(RICH, mutations)
    try:
        rows, _ = read(document, size=64)
    except SourceError:
        return
    assert rows == oracle(document.lstrip(b"\xef\xbb\xbf \t\r\n"))


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=400))
def test_any_bytes_are_a_fault(document: bytes) -> None:
    with pytest.raises(SourceError):
        read(document)


def until_fault(document: bytes) -> tuple[list[dict[str, str] | None], SourceFault | None]:
    rows: list[dict[str, str] | None] = []
    try:
        for record in Answer(CHANGES).records(iter([document])):
            rows.append(None if record is None else dict(record.inputs))  # noqa: PERF401 - it breaks off
    except SourceError as error:
        return rows, error.fault
    return rows, None


@settings(deadline=None)  # the machine may be busy
@given(st.integers(0, len(RICH) - 1))
def test_a_cut_document_is_truncated_and_gives_no_record_that_was_not_whole(place: int) -> None:
    rows, found = until_fault(RICH[:place])
    assert found is SourceFault.TRUNCATED
    assert rows == oracle(RICH)[: len(rows)]


def test_records_elsewhere_are_no_records() -> None:
    strange = "<HoSo><MaHoSo>9</MaHoSo></HoSo>"
    inside = listing(row(1), 1).replace("<Message>", strange + "<Message>")
    rows, _ = read(envelope(strange + inside + f"<Khac><Result>{strange}</Result></Khac>"))
    assert rows == oracle(envelope(listing(row(1), 1)))


def test_a_record_within_a_record_stays_a_part_of_it() -> None:
    rows, _ = read(envelope(listing("<HoSo><A>1</A><HoSo><A>2</A></HoSo></HoSo>", 1)))
    assert rows == [{"A": "1", "HoSo/A": "2"}]


def test_fields_that_bear_the_names_of_the_wrapper_are_fields() -> None:
    inside = "<HoSo><Total>99</Total><ErrorCode>5</ErrorCode><Fault>no</Fault></HoSo>"
    assert read(envelope(listing(inside, 1))) == ([{"Total": "99", "ErrorCode": "5", "Fault": "no"}], 1)


@pytest.mark.parametrize("text", ["", " ", "-1", "nhiều", "1.5", "9" * 40, "²"])
def test_a_total_that_is_no_number_is_no_total(text: str) -> None:
    rows, total = read(envelope(listing(row(1), 1).replace("<Total>1<", f"<Total>{text}<")))
    assert (len(rows), total) == (1, None)


def test_a_result_code_behind_the_records_still_counts() -> None:
    inside = listing(row(1), 1).replace("<ErrorCode>0</ErrorCode>", "")
    inside = inside.replace("</LayDanhSachHoSoResult>", "<ErrorCode>7</ErrorCode></LayDanhSachHoSoResult>")
    with pytest.raises(SourceError, match="result code '7'") as caught:
        read(envelope(inside))
    assert caught.value.fault is SourceFault.REFUSED


@pytest.mark.parametrize("namespace", [SOAP11, SOAP12])
def test_a_fault_of_another_namespace_is_no_fault(namespace: str) -> None:
    document = envelope('<Fault xmlns="urn:x"/>' + listing(row(1), 1), namespace=namespace)
    assert len(read(document)[0]) == 1


def test_records_before_a_fault_are_given() -> None:
    rows, found = until_fault(envelope(listing(row(1) + fault(), 2)))
    assert (len(rows), found) == (1, SourceFault.FAULT)


def test_an_endless_record_is_too_large_before_it_fills_the_memory() -> None:
    def endless() -> Iterator[bytes]:
        yield envelope(listing("<HoSo>")).partition(b"</Result>")[0]
        while True:
            yield b"<A/>" * 16_000

    with pytest.raises(SourceError) as caught:
        list(Answer(CHANGES).records(endless()))
    assert caught.value.fault is SourceFault.TOO_LARGE


@pytest.mark.parametrize(
    "inside",
    [
        "<{0}>{1}</{0}>".format("T" * 20_000, "<A/>" * 50_000),  # each path repeats the long name: a gigabyte
        "<A " + " ".join(f'a{number}="1"' for number in range(50_000)) + "/>",  # lxml needs the square of their number
        "<A/>" * 500_000,
    ],
)
def test_a_record_that_unfolds_to_far_more_than_it_is_is_too_large(inside: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(envelope(listing(row(1) + f"<HoSo>{inside}</HoSo>", 2)))
    assert caught.value.fault is SourceFault.TOO_LARGE


def test_a_large_record_of_one_text_is_read() -> None:
    text = "QUJD" * 500_000
    assert read(envelope(listing(f"<HoSo><Tep>{text}</Tep></HoSo>", 1)), size=65_536)[0] == [{"Tep": text}]


def test_a_record_directly_under_the_body() -> None:
    operation = Operation(name="x", arguments={}, records="HoSo")
    assert read(envelope("<HoSo><A>1</A></HoSo>"), operation)[0] == [{"A": "1"}]
    assert read(envelope(""), operation)[0] == []
