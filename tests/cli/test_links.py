"""`motcua links`: read whole or not at all, every bad line named."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapter.cli.links_file import read_links
from adapter.ports import Store
from tests.cli.conftest import Run

HEAD = "uid,kind,value,proof,proved_at\n"
GOOD = "1234567890123456789,phone,0912 345 678,counter,2026-11-20T09:30\n"


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "links.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_good_file_is_loaded_once(run: Run, store: Store, installed: Path) -> None:
    path = write(installed, HEAD + GOOD + "222222222222,dossier,H62.12-261120-0001,otp,20/11/2026 09:30\n")
    assert run("links", "import", str(path)).stdout == "2 mới, 0 đã có\n"
    assert run("links", "import", str(path)).stdout == "0 mới, 2 đã có\n"
    first = next(link for link in store.read(lambda tx: tx.recipients.links()) if link.value.startswith("84"))
    assert (first.value, first.proved_at) == ("84912345678", datetime(2026, 11, 20, 2, 30, tzinfo=UTC))


def test_as_a_spreadsheet_writes_it(installed: Path) -> None:
    text = (HEAD + GOOD).replace(",", ";").replace("\n", "\r\n").upper()
    links, problems = read_links(write(installed, text, "utf-8-sig"))
    assert (len(links), problems) == (1, [])


@pytest.mark.parametrize(
    ("line", "column", "sentence"),
    [
        ("abc,phone,0912345678,counter,2026-11-20", 1, "chỉ gồm chữ số"),
        ("1.23E+18,phone,0912345678,counter,2026-11-20", 1, "bảng tính đã làm tròn"),
        ("123456,fax,0912345678,counter,2026-11-20", 2, "phone, dossier"),
        ("123456,phone,02113862555,counter,2026-11-20", 3, "số máy bàn"),
        ("123456,phone,12,counter,2026-11-20", 3, "không phải số di động"),
        ("123456,dossier,,counter,2026-11-20", 3, "để trống"),
        ("123456,phone,0912345678,rumour,2026-11-20", 4, "counter, otp, mini_app, import"),
        ("123456,phone,0912345678,counter,hôm qua", 5, "không đọc được thời điểm"),
        ("123456,phone,0912345678,counter,01/01/0001", 5, "không đọc được thời điểm"),
        ("123456,phone,0912345678,counter,9999-12-31T23:59-07:00", 5, "không đọc được thời điểm"),
        ("123456,phone", 3, "để trống"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_loaded(
    run: Run, store: Store, line: str, column: int, sentence: str
) -> None:
    path = write(Path.cwd(), HEAD + GOOD + line + "\n")
    result = run("links", "import", str(path))
    assert result.exit_code == 65
    assert f"{path}:3:{column}: " in result.stderr
    assert sentence in result.stderr
    assert store.read(lambda tx: tx.recipients.links()) == []
    assert run("links", "import", str(path), "--skip-bad").exit_code == 65
    assert len(store.read(lambda tx: tx.recipients.links())) == 1


@pytest.mark.parametrize("text", ["", "uid,kind,value\n1,2,3\n", "một dòng chữ\n", '""uid,kind,value\n'])
def test_a_file_without_the_columns_is_refused(installed: Path, text: str) -> None:
    links, problems = read_links(write(installed, text))
    assert links == []
    assert "thiếu cột" in problems[0].text


def test_a_file_in_another_encoding_is_refused(installed: Path) -> None:
    assert "UTF-8" in read_links(write(installed, HEAD + "người", "utf-16"))[1][0].text


def test_a_revoked_link_is_gone_from_the_list(run: Run, installed: Path) -> None:
    run("links", "import", str(write(installed, HEAD + GOOD)))
    (link,) = json.loads(run("links", "list", "--json").stdout)
    assert link["value"] == "0912***678"
    assert run("links", "revoke", link["id"], "--by", "Trần B").exit_code == 0
    assert json.loads(run("links", "list", "--json").stdout) == []
    assert len(json.loads(run("links", "list", "--revoked", "--json").stdout)) == 1
    assert run("links", "revoke", link["id"]).exit_code == 1


@given(st.text(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
def test_whatever_the_lines_hold_they_are_links_or_problems(tmp_path: Path, text: str) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes((HEAD + text).encode("utf-8", "surrogatepass"))
    links, problems = read_links(path)
    assert isinstance(links, list)
    assert all(problem.line >= 0 for problem in problems)
