"""What the reading account may ask of the embedded warehouse: queries, over tables, with harmless settings.

The engine's own read-only mode is always on as well. It lets a few doors open — files of this machine, other
servers, files written beside an answer — and these are closed here, by refusing whatever is not plainly a query.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from services.embedded.warehouse.errors import READONLY, WarehouseRefusal
from services.embedded.warehouse.statement import Statement, Token

READER_VERBS: Final = frozenset(("SELECT", "WITH", "FROM", "(", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN"))
# Table functions that make rows out of nothing or out of tables; every other one reaches files or networks.
HARMLESS_TABLE_FUNCTIONS: Final = frozenset(
    (
        *("numbers", "numbers_mt", "zeros", "zeros_mt", "generateseries", "generate_series", "primes"),
        *("values", "null", "view", "merge", "format"),
    )
)
# Functions that are no table functions but open files.
FILE_FUNCTIONS: Final = frozenset(("file", "catboostevaluate"))

READER_SETTINGS: Final = frozenset(
    (
        *("max_execution_time", "timeout_overflow_mode", "max_threads", "max_block_size"),
        *("max_result_rows", "max_result_bytes", "result_overflow_mode"),
        *("max_rows_to_read", "max_bytes_to_read", "read_overflow_mode"),
        *("limit", "offset", "extremes", "final", "join_use_nulls", "additional_table_filters"),
        *("date_time_input_format", "date_time_output_format", "session_timezone"),
        *("cast_string_to_dynamic_use_inference", "do_not_merge_across_partitions_select_final", "log_comment"),
    )
)
READER_SETTING_PREFIXES: Final = (
    *("output_format_json_", "output_format_csv_", "output_format_tsv_", "output_format_pretty_"),
    *("output_format_decimal_", "output_format_write_", "output_format_parquet_", "output_format_native_"),
)
# A client's greeting: it then sends no setting marked read-only. A reader may send those above, so it is answered
# in the mode in which they are not marked.
_WHICH_SETTINGS: Final = re.compile(
    rb"SELECT name, value, readonly FROM system\.settings(?: LIMIT \d+)?(?:\s+FORMAT Native)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ReaderRules:
    """``denied`` are the functions, in lower case, that no reader may call."""

    denied: frozenset[str]
    default_settings: Mapping[str, str]

    @classmethod
    def of(cls, table_functions: Sequence[str], max_seconds: float) -> "ReaderRules":
        """Rules for an engine with these table functions; a query that says nothing else ends after ``max_seconds``."""
        names = frozenset(name.lower() for name in table_functions)
        return cls((names - HARMLESS_TABLE_FUNCTIONS) | FILE_FUNCTIONS, {"max_execution_time": f"{max_seconds:g}"})

    def admit(self, statement: Statement, settings: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
        """The SQL to run and the settings to run it under, ``readonly`` among them.

        A SETTINGS clause at the end is taken out of the SQL and becomes settings: the engine's read-only mode
        would refuse it whole.
        Raises: WarehouseRefusal for what a reader may not do.
        """
        self._refuse_statement(statement)
        sql, stated = _lift_settings(statement)
        wanted = {**settings, **stated}
        _refuse_settings(wanted)
        mode = "2" if _WHICH_SETTINGS.fullmatch(statement.sql.strip()) else "1"
        return sql, {**self.default_settings, **wanted, "readonly": mode}

    def _refuse_statement(self, statement: Statement) -> None:
        if statement.verb not in READER_VERBS:
            raise WarehouseRefusal(READONLY, f"reader: Cannot execute {statement.verb} in readonly mode.")
        for token in statement.tokens:
            # An escape in a quoted name can spell a function the check below would not recognise.
            if token.kind == "odd" or (token.kind == "quoted" and b"\\" in token.text):
                written = token.text[:20].decode("utf-8", errors="replace")
                raise WarehouseRefusal(READONLY, f"reader: {written!r} is refused outside of 'text'.")
            if token.is_word(b"OUTFILE", b"INFILE", b"APPLY"):
                raise WarehouseRefusal(READONLY, f"reader: {token.text.decode()} is refused.")
        for name in _called(statement.tokens):
            if name.lower() in self.denied:
                raise WarehouseRefusal(READONLY, f"reader: function {name} is refused: it leaves the warehouse.")


def _called(tokens: Sequence[Token]) -> Iterator[str]:
    """Names of everything called, quoted or not."""
    for token, following in pairwise(tokens):
        if following.text == b"(" and token.kind in ("word", "quoted"):
            yield token.text.strip(b'`"').decode("utf-8", errors="replace")


def _lift_settings(statement: Statement) -> tuple[bytes, dict[str, str]]:
    """The SQL without its outermost SETTINGS clauses (blanks in their place), and what they set."""
    sql = bytearray(statement.sql)
    found: dict[str, str] = {}
    tokens = statement.tokens
    for index, token in enumerate(tokens):
        if token.depth == 0 and token.is_word(b"SETTINGS") and _assigns(tokens, index + 1):
            clause, end = _assignments(tokens, index + 1)
            found |= clause
            sql[token.start : end] = b" " * (end - token.start)
    return bytes(sql), found


def _assigns(tokens: Sequence[Token], index: int) -> bool:
    return len(tokens) > index + 2 and tokens[index].kind == "word" and tokens[index + 1].text == b"="


def _assignments(tokens: Sequence[Token], index: int) -> tuple[dict[str, str], int]:
    """``name = literal, …`` from ``index`` on: what it sets, and the offset where it ends."""
    found: dict[str, str] = {}
    while True:
        name, value = tokens[index], tokens[index + 2]
        found[name.text.decode()] = _literal(value)
        more = len(tokens) > index + 3 and tokens[index + 3].text == b","
        if not (more and _assigns(tokens, index + 4)):
            return found, value.end
        index += 4


def _literal(token: Token) -> str:
    text = token.text.decode("utf-8", errors="replace")
    if token.kind == "number":
        return text
    if token.is_word(b"TRUE", b"FALSE"):
        return "1" if token.is_word(b"TRUE") else "0"
    if token.kind == "string" and "\\" not in text:
        return text[1:-1].replace("''", "'")
    raise WarehouseRefusal(READONLY, f"reader: the value {text!r} of a setting is refused; write a number or a 'text'.")


def _refuse_settings(settings: Mapping[str, str]) -> None:
    for name, value in settings.items():
        if name == "readonly" and value in ("1", "2"):
            continue
        if name not in READER_SETTINGS and not name.startswith(READER_SETTING_PREFIXES):
            raise WarehouseRefusal(READONLY, f"Cannot modify '{name}' setting in readonly mode.")
