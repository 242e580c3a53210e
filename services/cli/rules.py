"""``esep rules``: the rules this release knows, one of them in full, their check, and their pages in ``docs/rules``.

Rules are read and counted as everywhere else; nothing is decided here.
"""

import sys
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape
from rich.table import Column, Table

from schemas.rulebook import Rulebook
from schemas.rules import Rule
from services.adapters.config import ConfigError
from services.adapters.rulebook import RulesInvalid, jurisdictions, load_rulebook, read_rulebook, rule_entries
from services.cli import app
from services.cli.options import JsonOption, LanguageOption, print_json
from services.domain.explain import count_example
from services.wording.names import Names
from services.wording.rule_pages import all_pages, rule_text
from services.wording.rule_words import Counted, account_of, term_of
from services.wording.words import all_words

PAGES: Final = Path("docs/rules")

rules = typer.Typer(help="The rules: who owes what by when, and where that is written.", no_args_is_help=True)
app.add_typer(rules, name="rules")


@rules.command("list")
def list_rules(
    jurisdiction: Annotated[str | None, typer.Option(help="Only this country, such as kz.")] = None,
    lang: LanguageOption = "en",
    json: JsonOption = False,
) -> None:
    """List every version of every rule."""
    names = Names(all_words()[lang], load_rulebook())
    versions = [rule for _, found in sorted(names.book.rules.items()) for rule in found]
    shown = [rule for rule in versions if jurisdiction in (None, rule.jurisdiction)]
    if json:
        print_json([_row(rule, names) for rule in shown])
        return
    headers = ("version", "title", "term", "force", "confidence", "valid")
    table = Table(Column("rule", no_wrap=True), *headers, title=f"{len(shown)} versions of rules")
    for rule in shown:
        force, confidence = names.words.code("force", rule.force), names.words.code("confidence", rule.confidence)
        valid = f"{rule.valid_from} – {rule.valid_to or ''}"
        term = term_of(rule, names.words)
        table.add_row(rule.id, str(rule.version), escape(names.text(rule.title)), term, force, confidence, valid)
    Console(highlight=False).print(table)


@rules.command("show")
def show(
    rule: Annotated[str, typer.Argument(help="A rule id, such as kz.appeal.answer.")],
    lang: LanguageOption = "en",
    json: JsonOption = False,
) -> None:
    """Show one rule with all its versions: how it is counted, what moves it, examples, source, standing."""
    book = load_rulebook()
    versions = book.rules.get(rule)
    if versions is None:
        raise ConfigError(f"no rule {rule!r}; `esep rules list` names them all")
    if json:
        print_json({"id": rule, "versions": [version.model_dump(mode="json") for version in versions]})
        return
    names = Names(all_words()[lang], book)
    console = Console()
    console.print(Markdown(f"# {names.rule(rule)}\n\n`{rule}`"))
    for version in reversed(versions):
        account = account_of(version, _counted(book, version), names)
        console.print(Markdown("\n".join(rule_text(account, names))))


@rules.command("check")
def check(
    folder: Annotated[
        Path | None, typer.Argument(help="A folder of jurisdictions (default: the packaged one).", show_default=False)
    ] = None,
    json: JsonOption = False,
) -> int:
    """Read a folder of rules strictly and recount every worked example; exit code 1 on any fault."""
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"{folder} is not a folder")
    place: Traversable = folder if folder is not None else jurisdictions()
    try:
        book = read_rulebook(place)
        faults = list(_wrong_examples(place, book))
    except RulesInvalid as error:
        sys.stderr.write(f"{error}\n")
        return 1
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    versions = [rule for found in book.rules.values() for rule in found]
    counts = {
        "rules": len(book.rules),
        "versions": len(versions),
        "examples": sum(len(rule.examples) for rule in versions),
        "wrong": len(faults),
        "calendars": len(book.calendars),
        "bodies": len(book.bodies),
        "regions": len(book.regions),
    }
    if json:
        print_json(counts)
    else:
        counted = ", ".join(f"{count:,} {name}" for name, count in counts.items())
        Console(highlight=False).print(counted, soft_wrap=True)
    return 1 if faults else 0


@rules.command("pages")
def pages(
    out: Annotated[Path, typer.Option(help="The folder the pages lie in.")] = PAGES,
    check_only: Annotated[bool, typer.Option("--check", help="Write nothing; fail when a page is stale.")] = False,
) -> int:
    """Write one page per rule and an index, or check that they are current."""
    book = load_rulebook()
    made = all_pages(lambda rule: _counted(book, rule), Names(all_words()["en"], book))
    stale = sorted(_stale(out, made))
    if check_only:
        for name in stale:
            sys.stderr.write(f"{out / name}: stale; run `esep rules pages`\n")
        return 1 if stale else 0
    out.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in made:
            (out / name).write_text(made[name], encoding="utf-8")
        else:
            (out / name).unlink()
    Console(highlight=False).print(f"{len(made)} pages in {out}, {len(stale)} of them new or changed")
    return 0


def _row(rule: Rule, names: Names) -> dict[str, str | int]:
    return {
        "id": rule.id,
        "version": rule.version,
        "title": names.text(rule.title),
        "term": term_of(rule, names.words),
        "jurisdiction": rule.jurisdiction,
        "kind": rule.kind,
        "force": rule.force.value,
        "confidence": rule.confidence.value,
        "valid_from": rule.valid_from.isoformat(),
        "valid_to": rule.valid_to.isoformat() if rule.valid_to is not None else "",
    }


def _counted(book: Rulebook, rule: Rule) -> list[Counted]:
    found = ((each, count_example(book, rule, each)) for each in rule.examples)
    return [Counted(each, deadline.due_on, deadline.trace) for each, deadline in found]


def _wrong_examples(folder: Traversable, book: Rulebook) -> Iterator[str]:
    for entry in rule_entries(folder):
        for index, counted in enumerate(_counted(book, entry.model)):
            if counted.due_on != counted.example.due:
                named = f"{entry.model.id}.v{entry.model.version}, counted from {counted.example.on}"
                due = counted.due_on or counted.trace[-1].code
                yield f"{entry.at('examples', index)}: {named}: due {due}, the example says {counted.example.due}"


def _stale(folder: Path, made: Mapping[str, str]) -> Iterator[str]:
    """Pages that differ from what would be written, are missing, or belong to no rule any more."""
    there = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    yield from (name for name, text in made.items() if there.get(name) != text)
    yield from there.keys() - made.keys()
