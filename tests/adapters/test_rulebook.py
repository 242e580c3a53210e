"""Rule data are read strictly: whatever is wrong, in whichever file, stops the start, and the message says where."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.adapters.rulebook import RulesInvalid, jurisdictions, load_rulebook, read_rulebook

OURS = Path(str(jurisdictions()))
RULE_FILES = sorted(path.relative_to(OURS).as_posix() for path in OURS.glob("*/rules/*.yaml"))
LISTS = sorted(path.relative_to(OURS).as_posix() for path in OURS.glob("*/*.yaml"))
ENTRY = re.compile(r"^- id: (\S+)$")

Lines = list[str]
Spoil = Callable[[Lines], tuple[Lines, int, str]]
"""From the lines of a file to spoiled lines, the line the message must name, and what it must say."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of our own rule data, to be spoiled."""
    shutil.copytree(OURS, tmp_path / "jurisdictions")
    return tmp_path / "jurisdictions"


def refusal(folder: Path, file: str, spoil: Spoil) -> tuple[str, str]:
    """What is said of a spoiled file, and the place that had to be named."""
    path = folder / file
    lines, line, says = spoil(path.read_text(encoding="utf-8").splitlines())
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(RulesInvalid) as refused:
        read_rulebook(folder)
    assert says in str(refused.value)
    return str(refused.value), f"{file}:{line}: "


def test_our_own_data_can_be_read(folder: Path) -> None:
    book = read_rulebook(folder)
    assert {"gb.wq.named_day", "gb.wq.ordinary", "kz.inquiry.answer", "kz.appeal.answer"} <= book.rules.keys()
    assert [rule.version for rule in book.rules["kz.appeal.answer"]] == [1, 2]
    assert book.digest == load_rulebook().digest
    assert len(RULE_FILES) >= 4


def entry(lines: Lines) -> tuple[int, int]:
    """First line and end (exclusive) of the first rule of a file."""
    starts = [number for number, line in enumerate(lines) if ENTRY.match(line)]
    return starts[0], starts[1] if len(starts) > 1 else len(lines)


def at(lines: Lines, pattern: str) -> int:
    """The first line of the first rule that matches."""
    start, end = entry(lines)
    return next(number for number in range(start, end) if re.search(pattern, lines[number]))


def with_line(lines: Lines, number: int, *instead: str) -> Lines:
    return [*lines[:number], *instead, *lines[number + 1 :]]


def drop_a_required_key(lines: Lines) -> tuple[Lines, int, str]:
    return with_line(lines, at(lines, "^  zone: ")), entry(lines)[0] + 1, "zone: Field required"


def drop_the_citation(lines: Lines) -> tuple[Lines, int, str]:
    start = at(lines, "^  citation:")
    end = next(n for n in range(start + 1, len(lines) + 1) if n == len(lines) or not lines[n].startswith("    "))
    return [*lines[:start], *lines[end:]], entry(lines)[0] + 1, "citation: Field required"


def drop_the_article(lines: Lines) -> tuple[Lines, int, str]:
    number = at(lines, "^    article: ")
    return with_line(lines, number), at(lines, "^  citation:") + 2, "citation.article: Field required"


def misspell_a_force(lines: Lines) -> tuple[Lines, int, str]:
    number = at(lines, "^  force: ")
    return with_line(lines, number, "  force: statuet"), number + 1, "force"


def misspell_a_unit(lines: Lines) -> tuple[Lines, int, str]:
    number = at(lines, "^  term:")
    term = "  term: {basis: filed, unit: dya, amount: 1, roll_forward: false}"
    return with_line(lines, number, term), number + 1, "term.unit"


def add_an_unknown_key(lines: Lines) -> tuple[Lines, int, str]:
    number = at(lines, "^  force: ")
    return with_line(lines, number, lines[number], "  colour: red"), number + 2, "colour: Extra inputs"


def repeat_a_key(lines: Lines) -> tuple[Lines, int, str]:
    number = at(lines, "^  force: ")
    return with_line(lines, number, lines[number], lines[number]), number + 2, "force is given twice"


def unanchored(lines: Lines) -> Lines:
    """A copy that may stand in the same file: an anchor is defined once."""
    return [re.sub(r": &\w+( |$)", r":\1", line) for line in lines]


def repeat_a_version(lines: Lines) -> tuple[Lines, int, str]:
    start, end = entry(lines)
    return [*lines, *unanchored(lines[start:end])], len(lines) + 1, "is already at"


def overlap_two_versions(lines: Lines) -> tuple[Lines, int, str]:
    start, end = entry(lines)
    again = [re.sub(r"^  version: \d+$", "  version: 99", line) for line in unanchored(lines[start:end])]
    return [*lines, *again], len(lines) + 1, "are both valid on"


def name_no_calendar(lines: Lines) -> tuple[Lines, int, str]:
    number = at(lines, "^  calendar: ")
    return with_line(lines, number, "  calendar: atlantis"), number + 1, "needs calendar atlantis"


def without_stages(lines: Lines) -> Lines:
    """The first rule opens nothing."""
    start, end = entry(lines)
    opens = [n for n in range(start, end) if lines[n].startswith("  opens:")]
    if not opens:
        return lines
    after = next(n for n in range(opens[0] + 1, end) if not lines[n].startswith("    "))
    return [*lines[: opens[0]], *lines[after:]]


def opening(lines: Lines, stage: str) -> tuple[Lines, int]:
    """The first rule opens this stage alone; the number of its line."""
    bare = without_stages(lines)
    number = at(bare, "^  calendar: ")
    return with_line(bare, number, bare[number], "  opens:", f"    - {{{stage}}}"), number + 2


def open_no_stage(lines: Lines) -> tuple[Lines, int, str]:
    spoiled, number = opening(lines, "when: expired, rule: kz.atlantis")
    return spoiled, number + 1, "opens kz.atlantis, which is in no rules file"


def open_for_nobody(lines: Lines) -> tuple[Lines, int, str]:
    spoiled, number = opening(lines, "when: expired, rule: kz.complaint.file, owed_by: kz.atlantis")
    return spoiled, number + 1, "names body kz.atlantis, which is in no bodies.yaml"


def open_itself(lines: Lines) -> tuple[Lines, int, str]:
    found = ENTRY.match(lines[entry(lines)[0]])
    assert found is not None
    spoiled, number = opening(lines, f"when: expired, rule: {found.group(1)}")
    return spoiled, number + 1, "opens itself again"


def be_no_yaml(lines: Lines) -> tuple[Lines, int, str]:
    number = at(lines, "^  force: ")
    return with_line(lines, number, "  force: [statute"), number + 2, "not YAML"


SPOILS: tuple[Spoil, ...] = (
    drop_a_required_key,
    drop_the_citation,
    drop_the_article,
    misspell_a_force,
    misspell_a_unit,
    add_an_unknown_key,
    repeat_a_key,
    repeat_a_version,
    overlap_two_versions,
    name_no_calendar,
    open_no_stage,
    open_for_nobody,
    open_itself,
    be_no_yaml,
)


@pytest.mark.parametrize("file", RULE_FILES)
@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
def test_a_spoiled_rules_file_is_refused_with_file_and_line(folder: Path, file: str, spoil: Spoil) -> None:
    said, place = refusal(folder, file, spoil)
    assert said.startswith(place)


@pytest.mark.parametrize("file", RULE_FILES + LISTS)
def test_an_empty_file_is_refused(folder: Path, file: str) -> None:
    _, place = refusal(folder, file, lambda _: (["# nothing"], 1, "the file is empty"))
    assert place == f"{file}:1: "


@pytest.mark.parametrize("file", LISTS)
def test_a_list_with_an_unknown_key_is_refused_with_file_and_line(folder: Path, file: str) -> None:
    def spoil(lines: Lines) -> tuple[Lines, int, str]:
        number = next(n for n, line in enumerate(lines) if re.match(r"^(- )?(id|jurisdiction): ", line))
        indent = "  " if lines[number].startswith("- ") else ""
        return with_line(lines, number, lines[number], f"{indent}colour: red"), number + 2, "colour: Extra inputs"

    said, place = refusal(folder, file, spoil)
    assert said.startswith(place)


def test_a_stage_that_leads_back_over_another_rule_is_refused(folder: Path) -> None:
    def spoil(lines: Lines) -> tuple[Lines, int, str]:
        stage = "  opens: [{when: expired, rule: kz.appeal.answer}]"
        start = next(n for n, line in enumerate(lines) if line == "- id: kz.complaint.file")
        return [*lines[: start + 1], stage, *lines[start + 1 :]], start + 2, "opens itself again"

    refusal(folder, "kz/rules/complaints.yaml", spoil)


def test_a_stage_that_two_rules_of_a_matter_open_is_refused(folder: Path) -> None:
    def spoil(lines: Lines) -> tuple[Lines, int, str]:
        stage = "  opens: [{when: fulfilled, rule: kz.complaint.file}]"
        start = next(n for n, line in enumerate(lines) if line == "- id: kz.appeal.extension_notice")
        return [*lines[: start + 1], stage, *lines[start + 1 :]], start + 2, "kz.complaint.file is opened by both"

    refusal(folder, "kz/rules/appeals.yaml", spoil)


def test_a_body_whose_successor_is_unknown_is_refused(folder: Path) -> None:
    def spoil(lines: Lines) -> tuple[Lines, int, str]:
        number = next(n for n, line in enumerate(lines) if "successors: [" in line)
        start = max(n for n in range(number) if lines[n].startswith("- id: "))
        return with_line(lines, number, "  successors: [kz.atlantis]"), start + 1, "successor kz.atlantis"

    said, place = refusal(folder, "kz/bodies.yaml", spoil)
    assert said.startswith(place)


def test_a_key_that_yaml_takes_for_a_truth_value_is_a_word(folder: Path) -> None:
    book = read_rulebook(folder)
    assert any(rule.examples for versions in book.rules.values() for rule in versions)


def test_a_rule_that_is_not_established_never_accuses() -> None:
    for versions in load_rulebook().rules.values():
        for rule in versions:
            if rule.confidence.value == "unverified" or rule.force.value == "convention" or rule.bound == "applicant":
                assert not rule.may_accuse
