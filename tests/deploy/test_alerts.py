"""The alert rules: valid, tested, and about series this program really has."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest

from adapter.ports import Store
from adapter.web.metrics import StoreCollector
from tests.web.test_health import WELL, signs

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = (DEPLOY / "alerts.yml").read_text("utf-8")
ALERTS = re.findall(r"- alert: (\w+)", RULES)
FOREIGN = {"up", "node_systemd_unit_state", "node_systemd_timer_last_trigger_seconds"}
FOREIGN |= {"node_filesystem_avail_bytes", "node_filesystem_size_bytes"}


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("promtool", path=os.pathsep.join([f"{sys.prefix}/bin", os.environ.get("PATH", "")]))
    assert program, "promtool is missing; run ./deploy/tools (Debian: apt-get install prometheus)"
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_the_rules_ring_when_they_should_and_not_otherwise() -> None:
    answer = promtool("test", "rules", DEPLOY / "alerts_test.yml")
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_tests_of_the_rules_notice_every_alert_that_is_gone(tmp_path: Path) -> None:
    one_line = RULES.replace("expr: |\n", "expr: ")
    mute = re.sub(r"^( +)expr: .*", r"\1expr: vector(1) > 1", one_line, flags=re.MULTILINE)
    mute = re.sub(r"^ {12}\S.*\n", "", mute, flags=re.MULTILINE)  # what is left of expressions of several lines
    (tmp_path / "alerts.yml").write_text(mute, encoding="utf-8")
    shutil.copy(DEPLOY / "alerts_test.yml", tmp_path)
    answer = promtool("test", "rules", tmp_path / "alerts_test.yml")
    assert answer.returncode != 0
    assert [alert for alert in ALERTS if f'alertname="{alert}"' not in answer.stdout + answer.stderr] == []


def test_the_example_for_prometheus_is_one_it_takes(tmp_path: Path) -> None:
    example = (DEPLOY / "prometheus-scrape.yml").read_text("utf-8")
    config = tmp_path / "prometheus.yml"
    config.write_text(example.replace("/opt/motcua/deploy", str(DEPLOY)), encoding="utf-8")
    answer = promtool("check", "config", config)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_rules_speak_of_series_that_exist() -> None:
    snapshot: Any = SimpleNamespace(snapshot=lambda: WELL)
    store = SimpleNamespace(read=lambda work: work(snapshot), clock_skew=lambda: 0.0)
    registry = CollectorRegistry()
    registry.register(StoreCollector(cast(Store, store), signs()))
    ProcessCollector(registry=registry)
    told = set(re.findall(r"^(\w+)(?=[{ ])", generate_latest(registry).decode(), re.MULTILINE))
    expressions = re.findall(r"expr: (?:\|\n)?(.*(?:\n {12}.*)*)", RULES)
    asked = set(re.findall(r"\b([a-z_]+)\{", "\n".join(expressions)))
    assert len(expressions) == len(ALERTS)
    assert asked - FOREIGN <= told, "a typo in a rule never rings"


def test_every_alert_names_how_bad_it_is_and_what_to_do() -> None:
    for text in RULES.split("- alert: ")[1:]:
        assert re.search(r"severity: (critical|warning) ", text)
        assert len(re.findall(r"^ {10}(?:summary|description): \S", text, re.MULTILINE)) == 2
