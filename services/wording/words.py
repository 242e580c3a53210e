"""The words of the pages in three languages, and numbers and dates as each language writes them.

Catalogues are read here, once and strictly; which sentence is said where belongs to pages and templates.
"""

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, get_args
from zoneinfo import ZoneInfo

import yaml
from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_timedelta
from babel.numbers import format_decimal, format_percent
from markupsafe import Markup, escape

from schemas.rules import Language

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
FOLDER: Final = Path(__file__).parent / "messages"
_PLURAL_FORMS: Final = frozenset({"zero", "one", "two", "few", "many", "other"})
_LOCALES: Final[Mapping[Language, str]] = {"kk": "kk", "ru": "ru", "en": "en_GB"}

_NO_BREAK: Final = "\u00a0"

Message = str | Mapping[str, str]
Day = date
Shown = str | int | Decimal | date | datetime


class WordsError(ValueError):
    """A catalogue is not what the pages need; the text names file, key and what to do."""


class _StrictLoader(yaml.SafeLoader):
    """YAML that refuses a key written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise WordsError(f"{node.start_mark}: written twice: {sorted(map(str, twice))}; keep one")
        return {str(key): value for key, value in super().construct_mapping(node, deep=deep).items()}


def read_messages(path: Path) -> Mapping[str, Message]:
    """The messages of one file by dotted key; a mapping of plural forms is one message.

    Raises: WordsError for a value that is no text, a key written twice or a message without text.
    """
    tree = yaml.load(path.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 (a SafeLoader)
    if not isinstance(tree, dict):
        raise WordsError(f"{path.name}: expected a mapping of sections")
    return MappingProxyType(dict(_flatten(path.name, "", tree)))


def _flatten(file: str, prefix: str, tree: Mapping[str, object]) -> Iterator[tuple[str, Message]]:
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value.keys() <= _PLURAL_FORMS:
            if "other" not in value or not all(isinstance(form, str) and form for form in value.values()):
                raise WordsError(f"{file}: {name}: plural forms are texts and need 'other'")
            yield name, MappingProxyType(value)
        elif isinstance(value, dict):
            yield from _flatten(file, f"{name}.", value)
        elif isinstance(value, str) and value.strip():
            yield name, value
        else:
            raise WordsError(f"{file}: {name}: expected a text, found {value!r}; quote it")


def placeholders(message: Message) -> frozenset[str]:
    """The parameters a message names, over all its plural forms."""
    forms = (message,) if isinstance(message, str) else tuple(message.values())
    return frozenset(name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name)


def differences(reference: Mapping[str, Message], other: Mapping[str, Message]) -> list[str]:
    """What keeps two catalogues from saying the same: keys of one only, other parameters, a plural of one only."""
    found = [f"{key}: only in one of the two" for key in sorted(reference.keys() ^ other.keys())]
    for key in sorted(reference.keys() & other.keys()):
        if placeholders(reference[key]) != placeholders(other[key]):
            found.append(f"{key}: other parameters")
        if isinstance(reference[key], str) != isinstance(other[key], str):
            found.append(f"{key}: plural forms in one of the two only")
    return found


@cache
def all_words() -> Mapping[Language, "Words"]:
    """The three languages, checked against each other.

    Raises: WordsError when they differ, naming the language and the keys.
    """
    messages = {language: read_messages(FOLDER / f"{language}.yaml") for language in LANGUAGES}
    for language in LANGUAGES:
        found = differences(messages["en"], messages[language])
        if found:
            raise WordsError(f"messages/{language}.yaml differs from en.yaml: {'; '.join(found)}")
    return MappingProxyType({name: Words(name, catalogue) for name, catalogue in messages.items()})


@dataclass(frozen=True, slots=True)
class Words:
    """One language: its messages, and its way of writing numbers, dates and durations."""

    language: Language
    messages: Mapping[str, Message]

    @property
    def locale(self) -> Locale:
        """Babel's locale of the language."""
        return _locale(self.language)

    def __contains__(self, key: str) -> bool:
        """Whether there is a message under this key."""
        return key in self.messages

    def __call__(self, key: str, **params: Shown) -> str:
        """The message with its parameters; ``n`` chooses the plural form.

        Raises: KeyError for an unknown key or a missing parameter.
        """
        shown = {name: self.shown(value) for name, value in params.items()}
        return _one_stop(self._form(key, params), shown).format_map(shown)

    def html(self, key: str, **params: Shown) -> Markup:
        """The message as HTML: its own text and every parameter that is not Markup already are escaped."""
        escaped = {name: escape(self.shown(value)) for name, value in params.items()}
        form = _one_stop(str(escape(self._form(key, params))), escaped)
        return Markup(form.format_map(escaped))  # noqa: S704 (all parts are escaped)

    def code(self, group: str, code: str) -> str:
        """The word for a code, or the code itself when this release has no word for it."""
        key = f"{group}.{code}"
        return self(key) if isinstance(self.messages.get(key), str) else code

    def shown(self, value: Shown) -> str:
        """A parameter as this language writes it; texts stay as they are."""
        if isinstance(value, str):
            return value
        if isinstance(value, datetime):
            return self.instant(value)
        return self.date(value) if isinstance(value, date) else self.number(value)

    def _form(self, key: str, params: Mapping[str, Shown]) -> str:
        message = self.messages[key]
        if isinstance(message, str):
            return message
        amount = params["n"]
        if not isinstance(amount, int | Decimal):
            raise TypeError(f"{key}: n must be a number to choose a plural form")
        return message.get(self.locale.plural_form(amount), message["other"])

    def number(self, value: int | float | Decimal, decimals: int = 0) -> str:
        """A number with the language's separators and exactly ``decimals`` places."""
        places = "." + "0" * decimals if decimals else ""
        return format_decimal(value, format=f"#,##0{places}", locale=self.locale)

    def percent(self, share: float | Decimal, decimals: int = 1) -> str:
        """A share (0..1) as a percentage."""
        pattern = self.locale.percent_formats[None].pattern
        return format_percent(share, format=pattern.replace("##0", f"##0.{'0' * decimals}"), locale=self.locale)

    def date(self, day: Day) -> str:
        """A date in words, with its year; day and month stay on one line."""
        return _NO_BREAK.join(format_date(day, "long", locale=self.locale).split(" ", 1))

    def short_date(self, day: Day) -> str:
        """A date for tables, with its year."""
        return format_date(day, "medium", locale=self.locale).replace(" ", _NO_BREAK)

    def day_month(self, day: Day) -> str:
        """Day and month, for axes and ranges within one year."""
        return format_skeleton("MMMd", day, locale=self.locale)

    def day_in_year(self, month: int, day: int) -> str:
        """Day and month in words, without a year."""
        return format_skeleton("MMMMd", date(2000, month, day), locale=self.locale)

    def weekday_date(self, day: Day) -> str:
        """A date in words, with its weekday."""
        return format_date(day, "full", locale=self.locale)

    def month(self, day: Day) -> str:
        """Month and year."""
        return format_skeleton("yMMMM", day, locale=self.locale)

    def instant(self, at: datetime, zone: str = "UTC") -> str:
        """An instant as local date and time of a zone, with its distance from UTC."""
        local = at.astimezone(ZoneInfo(zone))
        offset = local.utcoffset() or timedelta()
        hours, minutes = divmod(abs(int(offset.total_seconds())) // 60, 60)
        sign = "−" if offset < timedelta() else "+"
        suffix = "UTC" if not offset else f"UTC{sign}{hours}" + (f":{minutes:02}" if minutes else "")
        moment = format_datetime(local, "HH:mm", locale=self.locale)
        return f"{self.short_date(local.date())}, {moment}{_NO_BREAK}{suffix}"

    def duration(self, length: timedelta) -> str:
        """A length of time in its largest fitting unit, rounded."""
        return format_timedelta(abs(length), locale=self.locale, threshold=1.5)


def _one_stop(form: str, shown: Mapping[str, str]) -> str:
    """The form without the full stop after a parameter that brings its own, as Russian dates do."""
    for name, value in shown.items():
        if value.endswith("."):
            form = form.replace(f"{{{name}}}.", f"{{{name}}}")
    return form


@cache
def _locale(language: Language) -> Locale:
    return Locale.parse(_LOCALES[language])


def preferred(accept_language: str | None, default: Language = "kk") -> Language:
    """The page language an ``Accept-Language`` header asks for most; the default when it asks for none of ours."""
    best: tuple[float, Language] = (0.0, default)
    for part in (accept_language or "").split(",")[:20]:
        tag, _, rest = part.strip().partition(";")
        language = next((own for own in LANGUAGES if tag.lower().split("-")[0] == own), None)
        weight = _weight(rest)
        if language is not None and weight > best[0]:
            best = (weight, language)
    return best[1]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    digits = value.strip().replace(".", "", 1)
    return min(float(value), 1.0) if digits.isascii() and digits.isdigit() else 0.0
