"""What a suite counted, printed at the end of a run: cases tried, attacks made, leaks found."""

from collections import Counter, defaultdict

import pytest

TITLE = "figures"


@pytest.fixture
def figures(record_property):
    """`figures("matrix", cases=135, leaks=0)`: numbers of one title are added up over all tests and processes."""

    def counted(title, **numbers):
        record_property(TITLE, (title, numbers))

    return counted


def pytest_terminal_summary(terminalreporter):
    totals = defaultdict(Counter)
    reports = [report for each in terminalreporter.stats.values() for report in each if hasattr(report, "when")]
    for report in reports:
        for name, value in report.user_properties if report.when == "call" else ():
            if name == TITLE:
                title, numbers = value
                totals[title].update(numbers)
    for title, numbers in sorted(totals.items()):
        said = ", ".join(f"{name} {number:,}" for name, number in numbers.items())
        terminalreporter.write_line(f"{title}: {said}")
