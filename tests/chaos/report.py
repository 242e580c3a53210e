"""The report of a campaign, as Markdown, from its lines alone: what was broken, what was checked, what was found.

Nothing is measured here.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any, Final

from tests.chaos.checks import KINDS

REPORT: Final = Path(__file__).with_name("REPORT.md")
TITLES: Final = {"embedded": "Embedded home", "kafka": "Apache Kafka"}

Line = Mapping[str, Any]


def report(lines: Sequence[Line]) -> str:
    """The whole page, ending in a newline."""
    brokers = list(dict.fromkeys(line["broker"] for line in lines))
    parts = [*_head(lines, brokers)]
    for broker in brokers:
        parts += _broker([line for line in lines if line["broker"] == broker], TITLES[broker])
    return "\n".join(parts) + "\n"


def _head(lines: Sequence[Line], brokers: Sequence[str]) -> Iterator[str]:
    yield "# Chaos report"
    yield ""
    yield "Written by `make chaos`. What each fault does is told in [faults.py](faults.py), what is checked after it in"
    yield "[checks.py](checks.py)."
    yield ""
    yield f"- when: {min(line['at'] for line in lines)} to {max(line['at'] for line in lines)}"
    for title, key in (("code", "version"), ("seed", "seed"), ("data", "data")):
        yield f"- {title}: {'; '.join(sorted({line[key] for line in lines}))}"
    yield ""
    yield "| broker | faults | log records | of them repeated | " + " | ".join(KINDS) + " |"
    yield "|---|---|---|---|" + "---|" * len(KINDS)
    for broker in brokers:
        of_it = [line for line in lines if line["broker"] == broker]
        made = sum(1 for line in of_it if line["name"] != "end" and not line.get("skipped"))
        last = of_it[-1]
        found = " | ".join(str(sum(line["counts"][kind] for line in of_it)) for kind in KINDS)
        yield f"| {TITLES[broker]} | {made} | {last['records']:,} | {last['repeated']:,} | {found} |"


def _broker(lines: Sequence[Line], title: str) -> Iterator[str]:
    yield ""
    yield f"## {title}"
    yield ""
    yield from _faults(lines)
    yield ""
    yield from _checks(lines)
    yield from _memory(lines)
    yield from _failures(lines)


def _faults(lines: Sequence[Line]) -> Iterator[str]:
    by_name: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line["name"] != "end":
            by_name[line["name"]].append(line)
    yield "Seconds from the cure to the moment when everything accepted was judged and stored."
    yield ""
    yield "| fault | times | p50 s | p95 s | max s | held |"
    yield "|---|---|---|---|---|---|"
    for name, found in sorted(by_name.items()):
        made = [line for line in found if not line.get("skipped")]
        if not made:
            yield f"| {_words(name)} | 0 | | | | skipped: {found[0]['skipped']} |"
            continue
        yield f"| {_words(name)} | {len(made)} | {_spread(made)} | {sum(1 for line in made if not line['faults'])} |"
    everything = [line for found in by_name.values() for line in found if not line.get("skipped")]
    if everything:
        held = sum(1 for line in everything if not line["faults"])
        yield f"| **all** | {len(everything)} | {_spread(everything)} | {held} |"


def _checks(lines: Sequence[Line]) -> Iterator[str]:
    compared: Counter[str] = Counter()
    for line in lines:
        compared.update(line["checked"])
    last = lines[-1]["checked"]
    yield "| checked | comparisons in all | at the last check |"
    yield "|---|---|---|"
    for name, count in sorted(compared.items()):
        yield f"| {name} | {count:,} | {last.get(name, 0):,} |"


def _memory(lines: Sequence[Line]) -> Iterator[str]:
    watched = [line for line in lines if line["memory"]["during"]]
    if not watched:
        return
    yield ""
    yield "Highest resident memory (MiB) with import and sender at work, before and during an outage, and the lag at its end."
    yield ""
    yield "| outage | program | before | during | records behind |"
    yield "|---|---|---|---|---|"
    for line in watched:
        for name, during in sorted(line["memory"]["during"].items()):
            behind = line["notes"].get("lag", {}).get(name)
            shown = f"{behind:,}" if behind is not None else ""
            yield f"| {_words(line['name'])} | {name} | {line['memory']['before'].get(name, 0):.0f} | {during:.0f} | {shown} |"


def _failures(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        for each in line["faults"]:
            yield ""
            yield f"- fault {line['number'] + 1}, {_words(line['name'])}: {each}"


def _spread(lines: Sequence[Line]) -> str:
    seconds = sorted(line["recover_s"] for line in lines)
    found = [seconds[max(0, ceil(share * len(seconds)) - 1)] for share in (0.5, 0.95, 1.0)]
    return " | ".join(f"{each:.1f}" for each in found)


def _words(name: str) -> str:
    return name.replace("_", " ")
