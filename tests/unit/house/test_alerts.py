"""Rules, their tests, the runbook and the dashboard agree; promtool has the last word, where there is one."""

import json
import re
import shutil
import subprocess
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.unit.house.sources import ROOT

PROMETHEUS = ROOT / "deploy/prometheus"
RUNBOOK = ROOT / "docs/operations/runbook.md"
PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (Debian: prometheus)")


def read_yaml(name: str) -> Any:
    return YAML(typ="safe").load(PROMETHEUS / name)


def read_alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for group in read_yaml("alerts.yml")["groups"] for rule in group["rules"]}


def list_untested(alerts: set[str], tests: list[dict[str, Any]]) -> set[str]:
    """Alerts that no test makes fire, or that no test shows calm."""
    asked = [case for test in tests for case in test["alert_rule_test"]]
    fires = {case["alertname"] for case in asked if case.get("exp_alerts")}
    calm = {case["alertname"] for case in asked if not case.get("exp_alerts")}
    return alerts - (fires & calm)


def run_promtool(*arguments: str) -> None:
    assert PROMTOOL is not None
    done = subprocess.run([PROMTOOL, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


class TestAlerts:
    def test_each_has_a_section_in_the_runbook_and_points_there(self) -> None:
        sections = re.findall(r"^## (\w+)$", RUNBOOK.read_text(), re.MULTILINE)
        alerts = read_alerts()

        assert sections == list(alerts)
        assert {rule["annotations"]["runbook"] for rule in alerts.values()} == {
            f"docs/operations/runbook.md#{name.lower()}" for name in sections
        }

    def test_each_says_how_urgent_it_is(self) -> None:
        assert {rule["labels"]["severity"] for rule in read_alerts().values()} == {"page", "ticket"}

    def test_each_is_shown_to_fire_and_to_stay_calm(self) -> None:
        assert list_untested(set(read_alerts()), read_yaml("alerts_test.yml")["tests"]) == set()

    def test_one_that_never_fires_in_a_test_would_be_found(self) -> None:
        assert list_untested({"A"}, [{"alert_rule_test": [{"alertname": "A"}]}]) == {"A"}

    @needs_promtool
    def test_promtool_takes_rules_and_configuration(self) -> None:
        run_promtool("check", "rules", "alerts.yml")
        run_promtool("check", "config", "prometheus.yml")

    @needs_promtool
    def test_promtool_sees_them_fire_as_their_tests_say(self) -> None:
        run_promtool("test", "rules", "alerts_test.yml")


class TestDashboard:
    @pytest.fixture
    def dashboard(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text())
        return read

    def test_panels_are_complete_and_have_ids_of_their_own(self, dashboard: dict[str, Any]) -> None:
        panels = dashboard["panels"]
        graphs = [panel for panel in panels if panel["type"] != "row"]

        assert len({panel["id"] for panel in panels}) == len(panels)
        assert [panel["title"] for panel in graphs if not (panel["description"] and panel["targets"])] == []
        assert [panel["title"] for panel in graphs if not panel["fieldConfig"]["defaults"].get("unit")] == []
        for panel in graphs:
            refs = [target["refId"] for target in panel["targets"]]
            assert len(set(refs)) == len(refs), panel["title"]
            assert all(target["expr"].count("(") == target["expr"].count(")") for target in panel["targets"])

    def test_panels_do_not_lie_on_each_other(self, dashboard: dict[str, Any]) -> None:
        taken: set[tuple[int, int]] = set()
        for panel in dashboard["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            assert at["x"] + at["w"] <= 24
            assert not cells & taken, panel["title"]
            taken |= cells

    def test_whoever_imports_it_chooses_the_data_source(self, dashboard: dict[str, Any]) -> None:
        (variable,) = dashboard["templating"]["list"]
        asked = {panel["datasource"]["uid"] for panel in dashboard["panels"] if panel["type"] != "row"}

        assert (variable["name"], variable["type"]) == ("datasource", "datasource")
        assert asked == {"${datasource}"}

    @needs_promtool
    def test_promtool_can_parse_every_question(self, dashboard: dict[str, Any], tmp_path: Any) -> None:
        questions = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
        rules = [
            {"record": f"asked:{number}", "expr": question.replace("$__rate_interval", "5m")}
            for number, question in enumerate(questions)
        ]
        file = tmp_path / "asked.yml"
        file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))

        run_promtool("check", "rules", str(file))
