"""What a ClickHouse statement is, read off its tokens: its verb, its output format, where its inline data begins.

Tokens only, never meaning: the engine parses. What a reading account may not ask is in ``reader``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, cast

from services.embedded.warehouse.errors import BAD_ARGUMENTS, OUTFILE_REFUSED, SYNTAX_ERROR, WarehouseRefusal

Kind = Literal["string", "quoted", "number", "word", "mark", "odd"]

# ``odd`` is what the engine might read differently: typographic quotes, heredocs, nested comments; an open quote
# takes the rest with it, so that no text costs more than one pass.
_TOKEN: Final = re.compile(
    rb"""
      (?P<blank>  [ \t\r\n\f\v]+ | --[^\n]* | //[^\n]* | /\*(?:(?!/\*).)*?\*/ )
    | (?P<string> '(?:[^'\\]|\\.|'')*+' )
    | (?P<quoted> "(?:[^"\\]|\\.|"")*+" | `(?:[^`\\]|\\.|``)*+` )
    | (?P<number> [0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)? )
    | (?P<word>   [A-Za-z_][A-Za-z0-9_]* )
    | (?P<mark>   [!%&()*+,\-.:;<=>?@\[\]^{|}~] | /(?!\*) )
    | (?P<odd>    ['"`] .* | /\* .* | . )
    """,
    re.VERBOSE | re.DOTALL,
)
_ROW_VERBS: Final = frozenset(
    ("SELECT", "WITH", "FROM", "(", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN", "CHECK", "KILL", "BACKUP")
)
_READING_VERBS: Final = frozenset(("SELECT", "WITH", "FROM", "("))
_DEPTH: Final = {b"(": 1, b"[": 1, b"{": 1, b")": -1, b"]": -1, b"}": -1}


@dataclass(frozen=True, slots=True)
class Token:
    """One token: ``text`` as written, its offsets in the statement and how many brackets enclose it."""

    kind: Kind
    text: bytes
    start: int
    end: int
    depth: int

    def is_word(self, *names: bytes) -> bool:
        """Whether it is one of these keywords, in any case."""
        return self.kind == "word" and self.text.upper() in names


@dataclass(frozen=True, slots=True)
class InlineInsert:
    """An INSERT whose rows travel with it: ``head`` [FROM INFILE …] ``settings`` FORMAT ``data_format``."""

    head: bytes
    settings: bytes
    data_format: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. ``tokens`` end where inline data begin; ``verb`` is its first word, in capitals."""

    sql: bytes
    tokens: Sequence[Token]
    verb: str
    output_format: str | None
    insert: InlineInsert | None

    @property
    def returns_rows(self) -> bool:
        """Whether its answer is a table (perhaps an empty one)."""
        return self.verb in _ROW_VERBS

    @property
    def only_reads(self) -> bool:
        """Whether it is a query, whose rows the engine can hand out piece by piece."""
        return self.verb in _READING_VERBS


def read_statement(text: bytes) -> Statement:
    """Take one statement apart.

    Raises: WarehouseRefusal for no statement, several statements, or one that names files of the server.
    """
    tokens: list[Token] = []
    data_start: int | None = None
    for token in _tokens(text):
        tokens.append(token)
        if _data_follow(tokens):
            data_start = token.end
            break
    if not tokens:
        raise WarehouseRefusal(SYNTAX_ERROR, "Empty query. Send SQL in the parameter query or in the body.")
    tokens = _only_one(tokens)
    _refuse_files(tokens)
    verb = tokens[0].text.decode("latin-1").upper()
    if data_start is not None:
        insert = _inline_insert(text, tokens, data_start)
        return Statement(text[:data_start], tokens, verb, None, insert)
    return Statement(text[: tokens[-1].end], tokens, verb, _output_format(tokens), None)


def _tokens(text: bytes) -> Iterator[Token]:
    depth = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "blank":
            continue
        word = match.group()
        step = _DEPTH.get(word, 0) if kind == "mark" else 0
        depth += min(step, 0)
        yield Token(cast(Kind, kind), word, match.start(), match.end(), depth)
        depth += max(step, 0)


def _data_follow(tokens: Sequence[Token]) -> bool:
    """Whether the last token ends the head of an INSERT, so that what follows is data and no SQL."""
    if not tokens[0].is_word(b"INSERT") or tokens[-1].depth > 0 or tokens[-1].kind != "word":
        return False
    if tokens[-1].is_word(b"VALUES"):
        return len(tokens) > 2
    # A table may be called format: then INTO or TABLE stands before it.
    return len(tokens) > 3 and tokens[-2].is_word(b"FORMAT") and not tokens[-3].is_word(b"INTO", b"TABLE")


def _only_one(tokens: list[Token]) -> list[Token]:
    while len(tokens) > 1 and tokens[-1].text == b";":
        tokens = tokens[:-1]
    if any(token.kind == "mark" and token.text == b";" for token in tokens):
        raise WarehouseRefusal(SYNTAX_ERROR, "Multi-statements are not allowed. Send one statement at a time.")
    return tokens


def _refuse_files(tokens: Sequence[Token]) -> None:
    for before, token in pairwise(tokens):
        if before.is_word(b"INTO") and token.is_word(b"OUTFILE"):
            raise WarehouseRefusal(OUTFILE_REFUSED, "INTO OUTFILE is not allowed: the answer is the file.")
        if before.is_word(b"FROM") and token.is_word(b"INFILE"):
            raise WarehouseRefusal(BAD_ARGUMENTS, "FROM INFILE is not allowed: send the data in the body.")


def _inline_insert(text: bytes, tokens: Sequence[Token], data_start: int) -> InlineInsert:
    last = tokens[-1]
    values = last.is_word(b"VALUES")
    head_end = last.start if values else tokens[-2].start
    settings = [token.start for token in tokens if token.depth == 0 and token.is_word(b"SETTINGS")]
    cut = settings[-1] if settings else head_end
    data = text[data_start:]
    if not values:
        data = re.sub(rb"\A[ \t\f]*\r?\n?", b"", data, count=1)
    return InlineInsert(
        head=text[:cut],
        settings=text[cut:head_end],
        data_format="Values" if values else last.text.decode("ascii"),
        data=data,
    )


def _output_format(tokens: Sequence[Token]) -> str | None:
    """The format of ``… FORMAT name [SETTINGS …]``; a column called format does not count."""
    for index in range(len(tokens) - 2, 0, -1):
        token, name = tokens[index], tokens[index + 1]
        if token.depth == 0 and token.is_word(b"FORMAT") and name.kind == "word":
            rest = tokens[index + 2 :]
            return name.text.decode("ascii") if not rest or rest[0].is_word(b"SETTINGS") else None
    return None
