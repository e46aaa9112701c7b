"""The results of gates for other tools: JUnit XML, and the summary and the annotations of GitHub Actions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final
from xml.etree import ElementTree

from tui.records.grading.gates import GateResult
from tui.records.statistics import Interval
from tui.text import units
from tui.text.escape import markdown_inline, visible
from tui.text.tables import TableColumn, counted, drawn

_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold, not even escaped."""
_ICONS: Final = {True: "passed", False: "**failed**", None: "cannot tell"}
_COLUMNS: Final[tuple[TableColumn[GateResult], ...]] = (
    TableColumn("Gate", lambda result: _ICONS[result.passed], right=False),
    TableColumn("Model", lambda result: result.key, right=False, data=True),
    TableColumn("Number", lambda result: result.name, right=False, data=True),
    TableColumn("Limit", lambda result: _share(result.limit)),
    TableColumn("Value", lambda result: _share(result.value)),
    TableColumn("95 % interval", lambda result: _span(result.interval)),
    TableColumn("Found", lambda result: result.words, right=False, data=True),
)


def junit_text(results: Sequence[GateResult], title: str) -> str:
    """Write JUnit XML: a test case for each gate, failed or in error where the data cannot tell."""
    failed, unknown = (sum(result.passed is wanted for result in results) for wanted in (False, None))
    counts = {"tests": str(len(results)), "failures": str(failed), "errors": str(unknown)}
    root = ElementTree.Element("testsuites", counts)
    suite = ElementTree.SubElement(root, "testsuite", {"name": _for_xml(title), **counts})
    for result in results:
        names = {"classname": _for_xml(f"benchtop.{result.key}"), "name": _for_xml(result.name)}
        case = ElementTree.SubElement(suite, "testcase", names)
        if result.passed:
            ElementTree.SubElement(case, "system-out").text = _for_xml(result.words)
        else:
            kind = "error" if result.passed is None else "failure"
            limit = f" (limit {_share(result.limit)})" if result.limit is not None else ""
            ElementTree.SubElement(case, kind, {"message": _for_xml(f"{result.words}{limit}")})
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def summary_text(results: Sequence[GateResult], title: str) -> str:
    """Write the summary of a step as Markdown: what failed, and the table of all gates."""
    failed = sum(result.passed is False for result in results)
    verdict = f"{counted(failed, 'gate')} failed" if failed else "No gate failed"
    return f"### Benchtop: {markdown_inline(title)}\n\n{verdict}.\n\n{drawn(_COLUMNS, results)}\n\n"


def workflow_commands(results: Sequence[GateResult]) -> Iterator[str]:
    """Write a workflow command of GitHub Actions for each gate that failed, or that the data cannot tell."""
    for result in results:
        if not result.passed:
            command = "warning" if result.passed is None else "error"
            title = f"Benchtop: {result.name}"
            yield f"::{command} title={_of_property(title)}::{_of_message(visible(result.words))}"


def _of_message(text: str) -> str:
    """Escape the message of a workflow command, in which a line break would end it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _of_property(text: str) -> str:
    return _of_message(visible(text)).replace(":", "%3A").replace(",", "%2C")


def _for_xml(text: str) -> str:
    return _NOT_IN_XML.sub("\ufffd", visible(text))


def _share(value: float | None) -> str:
    return units.UNKNOWN if value is None else units.share(value)


def _span(interval: Interval | None) -> str:
    return units.UNKNOWN if interval is None else units.percent_span(interval)
