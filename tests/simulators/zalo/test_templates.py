import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.simulators.zalo.codes import Problem
from adapter.simulators.zalo.simulator import ZaloSimulator
from adapter.simulators.zalo.templates import Parameter, template_from


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("STRING", "Nguyễn Văn A", None),
        ("STRING", "", Problem.PARAMETER_MISSING),
        ("STRING", "x" * 30, None),
        ("STRING", "x" * 31, Problem.PARAMETER_LONG),
        ("STRING", 5, Problem.PARAMETER_VALUE),
        ("STRING", None, Problem.PARAMETER_VALUE),
        ("STRING", ["a"], Problem.PARAMETER_VALUE),
        ("NUMBER", 150_000, None),
        ("NUMBER", "150000", None),
        ("NUMBER", True, Problem.PARAMETER_VALUE),
        ("NUMBER", -5, Problem.PARAMETER_FORMAT),
        ("NUMBER", "150.000", Problem.PARAMETER_FORMAT),
        ("DATE", "23/11/2026", None),
        ("DATE", "11/2026", None),
        ("DATE", "09:05", None),
        ("DATE", "09:05:59 23/11/2026", None),
        ("DATE", "2026-11-23", Problem.PARAMETER_FORMAT),
        ("DATE", "31/13/2026", Problem.PARAMETER_FORMAT),
        ("DATE", "24:00", Problem.PARAMETER_FORMAT),
        ("PHONE", "02113862480", None),
        ("URL", "motcua.example", Problem.PARAMETER_FORMAT),
    ],
)
def test_a_value_is_judged_by_its_parameter(kind: str, value: object, problem: Problem | None) -> None:
    assert Parameter(name="p", type=kind).problem(value) is problem


def test_text_that_is_not_composed_counts_longer() -> None:
    name = "Nguyễn Thị Phương Thảo Hiền Mỹ"
    assert len(name) == 30
    parameter = Parameter(name="ten")
    assert parameter.problem(name) is None
    assert parameter.problem(unicodedata.normalize("NFD", name)) is Problem.PARAMETER_LONG


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"template_id": 100, "params": []},
        {"template_id": "abc", "params": []},
        {"template_id": "100"},
        {"template_id": "100", "params": "ten"},
        {"template_id": "100", "params": [], "status": "ENABLED"},
        {"template_id": "100", "params": [], "tag": 9},
        {"template_id": "100", "params": [], "tagg": 1},
        {"template_id": "100", "params": [], "created": "hôm qua"},
        {"template_id": "100", "params": [{"name": "ten", "maxLength": 5}]},
    ],
)
def test_a_bad_template_is_an_error_not_a_shrug(row: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        template_from(row)


def test_the_detail_tells_parameters_limits_and_prices(wire: Any) -> None:
    detail = wire.call("GET", "/business/template/info/v2?template_id=100").json["data"]
    assert (detail["templateId"], detail["status"], detail["timeout"]) == (100, "ENABLE", 7_200_000)
    assert (detail["price_sdt"], detail["price_uid"], detail["templateTag"]) == ("200", "140", "TRANSACTION")
    assert detail["listParams"][1] == {
        "name": "ngay",
        "require": True,
        "type": "DATE",
        "maxLength": 20,
        "minLength": 1,
        "acceptNull": False,
    }


def test_the_detail_of_an_unknown_template_is_refused(wire: Any) -> None:
    assert wire.call("GET", "/business/template/info/v2?template_id=7").error == -109


def test_the_list_is_paged_and_filtered(sim: ZaloSimulator, wire: Any) -> None:
    rows: list[dict[str, object]]
    rows = [{"template_id": str(200 + n), "params": [], "status": "REJECT" if n % 2 else "ENABLE"} for n in range(4)]
    wire.control("templates", items=[*rows, {"template_id": "300", "params": [], "status": "DELETE"}])
    page = wire.call("GET", "/business/template/all?offset=1&limit=2").json
    assert [row["templateId"] for row in page["data"]] == [200, 201]
    assert page["metadata"] == {"total": 5}
    rejected = wire.call("GET", "/business/template/all?offset=0&limit=100&status=3").json["data"]
    assert [row["templateId"] for row in rejected] == [201, 203]


@pytest.mark.parametrize("query", ["", "?offset=0", "?offset=0&limit=101", "?offset=0&limit=0", "?offset=-1&limit=5"])
def test_a_list_without_proper_page_is_refused(wire: Any, query: str) -> None:
    assert wire.call("GET", f"/business/template/all{query}").error == -132


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["ten", "ngay", "x"]), JSON) | JSON)
def test_any_json_is_judged_without_falling_over(data: object) -> None:
    template = template_from({"template_id": "1", "params": [{"name": "ten"}, {"name": "ngay", "type": "DATE"}]})
    problem = template.problem_of_data(data, refuse_extra=True)
    if problem is None:
        assert isinstance(data, dict)
        assert all(isinstance(value, str) and value for value in data.values())
