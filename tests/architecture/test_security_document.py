"""docs/security.md: every requirement of the standard's levels 1 and 2 has its row, and what a row names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/security.md"
# OWASP ASVS 5.0.0, levels 1 and 2: by section, the numbers within it.
REQUIREMENTS = """
1.1: 1-2
1.2: 1-9
1.3: 1-11
1.4: 1-3
1.5: 1-2
2.1: 1-3
2.2: 1-3
2.3: 1-4
2.4: 1
3.2: 1-2
3.3: 1-4
3.4: 1-6
3.5: 1-5
3.7: 1-2
4.1: 1-3
4.2: 1
4.3: 1-2
4.4: 1-4
5.1: 1
5.2: 1-3
5.3: 1-2
5.4: 1-3
6.1: 1-3
6.2: 1-12
6.3: 1-4
6.4: 1-4
6.5: 1-5
6.6: 1-3
6.8: 1-4
7.1: 1-3
7.2: 1-4
7.3: 1-2
7.4: 1-5
7.5: 1-2
7.6: 1-2
8.1: 1-2
8.2: 1-3
8.3: 1
8.4: 1
9.1: 1-3
9.2: 1-4
10.1: 1-2
10.2: 1-2
10.3: 1-4
10.4: 1-11
10.5: 1-5
10.6: 1-2
10.7: 1-3
11.1: 1-2
11.2: 1-3
11.3: 1-3
11.4: 1-4
11.5: 1
11.6: 1
12.1: 1-3
12.2: 1-2
12.3: 1-4
13.1: 1
13.2: 1-5
13.3: 1-2
13.4: 1-5
14.1: 1-2
14.2: 1-4
14.3: 1-3
15.1: 1-3
15.2: 1-3
15.3: 1-7
16.1: 1
16.2: 1-5
16.3: 1-4
16.4: 1-3
16.5: 1-3
17.1: 1
17.2: 1-4
17.3: 1-2
"""
STATES = {"met", "partly", "gap", "n/a"}
ROW = re.compile(r"\| (?P<id>\d+\.\d+\.\d+) \| (?P<what>[^|]+) \| (?P<state>[^|]+) \| (?P<shown>[^|]+) \|")


def rows() -> list[re.Match[str]]:
    return [found for line in DOCUMENT.read_text().splitlines() if (found := ROW.fullmatch(line))]


def required() -> list[str]:
    return [
        f"{section}.{number}"
        for line in REQUIREMENTS.split("\n")
        if line
        for section, _, numbers in [line.partition(": ")]
        for part in numbers.split()
        for first, _, last in [part.partition("-")]
        for number in range(int(first), int(last or first) + 1)
    ]


def named(text: str) -> list[tuple[str, str]]:
    """Files of this repository in a row, each with the test that is named after it."""
    found = re.findall(r"`([^`:]+)(?:::([^`]+))?`", text)
    return [(name, test) for name, test in found if "." in name]


def test_every_requirement_has_one_row() -> None:
    assert [row["id"] for row in rows()] == required()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_what_a_row_names_is_there(row: re.Match[str]) -> None:
    assert row["state"] in STATES
    files = named(row["shown"])
    # What isn't applicable says why; everything else shows where.
    assert files or row["state"] == "n/a"
    for name, test in files:
        assert (ROOT / name).is_file(), f"{name} isn't there"
        assert test in (ROOT / name).read_text(), f"{name} has no {test}"


def test_a_row_that_names_nothing_would_be_noticed() -> None:
    assert named("`docs/security.md`, `a/b.py::test_c` and 5.4.1") == [("docs/security.md", ""), ("a/b.py", "test_c")]
    with pytest.raises(AssertionError, match="isn't there"):
        test_what_a_row_names_is_there(re.match(ROW, "| 1.1.1 | x | met | `docs/nowhere.md` |"))  # type: ignore[arg-type]
