"""Writes docs/states from the golden cases: a page for each situation, and an index. ``--check`` only says what is stale.

A page says what its case says, in words; nothing is judged here, and nobody edits a page by hand.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, get_args

from schemas.events.states import Lifecycle
from schemas.rules import Unit
from tests.golden.cases import SOURCE, SUBJECT, Case, Group, Named, Outcome, all_cases, name_of, rules_of
from tests.golden.words import CLAIM, LIFECYCLE, TIMELINESS, WITHHELD, amount_of, plain, points, words
from tests.golden.world import ENVELOPE

PAGES: Final = Path(__file__).resolve().parents[2] / "docs" / "states"
EXAMPLES: Final = "../../schemas/examples"
MADE_BY: Final = "python -m tests.golden.pages"


def pages() -> dict[str, str]:
    """Every page: file name -> text."""
    return {"README.md": _index()} | {f"{named.name}.md": _page(named) for named in all_cases()}


def stale(folder: Path) -> list[str]:
    """What differs between ``folder`` and what would be written now, one line per page."""
    wanted = pages()
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    lines = [f"missing: {name}" for name in wanted if name not in present]
    lines += [f"no longer written: {name}" for name in sorted(present) if name not in wanted]
    return lines + [f"stale: {name}" for name in wanted if name in present and present[name] != wanted[name]]


def write(folder: Path) -> int:
    """Write every page, remove what is no longer one; the number of pages."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages()
    for path in folder.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return len(wanted)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: 0 when written or current, 1 when ``--check`` finds something stale."""
    parser = argparse.ArgumentParser(prog=MADE_BY, description="Write docs/states.")
    parser.add_argument("--check", action="store_true", help="write nothing; name what is stale and exit 1")
    if not parser.parse_args(arguments).check:
        sys.stdout.write(f"docs/states: {write(PAGES)} pages written\n")
        return 0
    lines = stale(PAGES)
    sys.stdout.write(
        "\n".join([*lines, f"run `{MADE_BY}` and commit the result" if lines else "docs/states is current"])
    )
    sys.stdout.write("\n")
    return 1 if lines else 0


def _index() -> str:
    lines = [
        "# Real life",
        "",
        "What can become of a duty, situation by situation: the messages that lead there, and what Esep says then.",
        "Bodies, dates and, unless a page says otherwise, rules are invented. Every page is a test: the messages are sent",
        "through the engine in the order shown, and again in other orders and repeated, and it must say what the page says.",
        "",
        f"Written from the cases in [tests/golden/cases](../../tests/golden/cases/) by `{MADE_BY}`; edit a case, not a page.",
    ]
    for group in get_args(Group):
        lines += ["", f"## {group}", ""]
        lines += [f"- [{named.case.title}]({named.name}.md)" for named in all_cases() if named.case.group == group]
    return "\n".join(lines) + "\n"


def _page(named: Named) -> str:
    case = named.case
    return "\n".join(
        (
            f"# {case.title}",
            "",
            case.shows,
            "",
            "## The rule",
            "",
            *_rules(case),
            "",
            "## The messages, as they arrive",
            "",
            *_table(("", "message", "dated", "seen", "with"), _messages(case)),
            "",
            "A tick and a watermark stand for the first moment of their day.",
            "",
            "## What Esep says in the end",
            "",
            *_table(("obligation", "where it stands", "against its term", "said in public"), _outcomes(case)),
            "",
            *_details(case),
            "## What it publishes on the way",
            "",
            *_published(case),
            "",
            f"[All situations](README.md) · [this case](../../tests/golden/cases/{named.name}.yaml)",
            "",
        )
    )


def _rules(case: Case) -> Iterator[str]:
    if case.packaged:
        named = dict.fromkeys(message["rule"] for message in case.messages if "rule" in message)
        yield from (f"- `{rule}`, as in the [rules of this release](../../schemas/jurisdictions/)" for rule in named)
        return
    for rule in rules_of(case):
        yield f"- `{rule.id}`, version {rule.version} (invented): {'; '.join(points(rule))}."
    yield from (f"- {day.isoformat()} is a day off ({name})." for day, name in case.days_off.items())


def _messages(case: Case) -> Iterator[tuple[str, ...]]:
    for number, message in enumerate(case.messages, start=1):
        seen = message.get("seen", message["on"])
        more = {"about": message["about"]} if message.get("about", SUBJECT) != SUBJECT else {}
        more |= {"source": message["source"]} if message.get("source", SOURCE) != SOURCE else {}
        more |= {name: value for name, value in message.items() if name not in ENVELOPE}
        yield (
            str(number),
            _link(message["message"]),
            str(message["on"]),
            "" if seen == message["on"] else str(seen),
            _said(more),
        )


def _outcomes(case: Case) -> Iterator[tuple[str, ...]]:
    for subject, outcome in case.becomes.items():
        said = CLAIM[outcome.claim]
        if outcome.withheld_reason is not None:
            said = f"no: {WITHHELD[outcome.withheld_reason]}"
        against = TIMELINESS[outcome.timeliness]
        if outcome.delay_days is not None:
            against += f", by {amount_of(outcome.delay_days, Unit.DAY)}"
        if outcome.due_on is not None:
            against += f"; due {outcome.due_on}"
        yield f"`{subject}`", _lifecycle(outcome), against, said


def _lifecycle(outcome: Outcome) -> str:
    stands = LIFECYCLE[outcome.lifecycle]
    dated = outcome.closed_on is not None and outcome.lifecycle is not Lifecycle.RETRACTED
    return f"{stands} on {outcome.closed_on}" if dated else stands


def _details(case: Case) -> Iterator[str]:
    for subject, outcome in case.becomes.items():
        yield f"How `{subject}` was counted: {', '.join(f'`{code}`' for code in outcome.trace)}."
        yield ""
        if len(outcome.spans) > 1:
            yield from _table(("held by", "from", "to", "days late"), (_span(span) for span in outcome.spans))
            yield ""


def _span(span: Any) -> tuple[str, ...]:
    late = "" if span.days_late is None else str(span.days_late)
    return name_of(span.body), str(span.from_on), str(span.to_on or ""), late


def _published(case: Case) -> Iterator[str]:
    if not case.published:
        yield "Nothing but the snapshots of the obligation itself."
        return
    shown = ({k: v for k, v in event.items() if k != "event"} for event in case.published)
    rows = (
        (
            str(number),
            _link(event["event"]),
            _said(said),
        )
        for number, (event, said) in enumerate(zip(case.published, shown, strict=True), start=1)
    )
    yield from _table(("", "event", "it says"), rows)


def _table(columns: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield "|---" * len(columns) + "|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in row)} |"


def _link(event: str) -> str:
    return f"[`{event}`]({EXAMPLES}/esep.{event}.v1/)"


def _said(fields: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{words(name)} {name_of(value) if name in _BODY_FIELDS else plain(value)}" for name, value in fields.items()
    )


_BODY_FIELDS: Final = frozenset({"owed_by", "contested_by"})


if __name__ == "__main__":
    sys.exit(main())
