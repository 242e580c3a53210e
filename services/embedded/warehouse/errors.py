"""ClickHouse's errors as the embedded warehouse speaks them: code, text, HTTP status.

The numbers and names are ClickHouse's own, so that its clients understand them; no error is handled here.
"""

import re
from http import HTTPStatus
from typing import Final

BAD_ARGUMENTS: Final = 36
NOT_IMPLEMENTED: Final = 48
SYNTAX_ERROR: Final = 62
UNKNOWN_COMPRESSION_METHOD: Final = 89
NO_DATA_TO_INSERT: Final = 108
INCORRECT_DATA: Final = 117
READONLY: Final = 164
TOO_MANY_SIMULTANEOUS_QUERIES: Final = 202
QUERY_IS_TOO_LARGE: Final = 229
OUTFILE_REFUSED: Final = 358
AUTHENTICATION_FAILED: Final = 516
UNKNOWN_EXCEPTION: Final = 1002

_NAMES: Final = {
    BAD_ARGUMENTS: "BAD_ARGUMENTS",
    NOT_IMPLEMENTED: "NOT_IMPLEMENTED",
    SYNTAX_ERROR: "SYNTAX_ERROR",
    UNKNOWN_COMPRESSION_METHOD: "UNKNOWN_COMPRESSION_METHOD",
    NO_DATA_TO_INSERT: "NO_DATA_TO_INSERT",
    INCORRECT_DATA: "INCORRECT_DATA",
    READONLY: "READONLY",
    TOO_MANY_SIMULTANEOUS_QUERIES: "TOO_MANY_SIMULTANEOUS_QUERIES",
    QUERY_IS_TOO_LARGE: "QUERY_IS_TOO_LARGE",
    OUTFILE_REFUSED: "INTO_OUTFILE_NOT_ALLOWED",
    AUTHENTICATION_FAILED: "AUTHENTICATION_FAILED",
    UNKNOWN_EXCEPTION: "UNKNOWN_EXCEPTION",
}

# ClickHouse's mapping; what is not listed is 500. An engine that is busy or leaving asks for a repetition.
_STATUS: Final = (
    (HTTPStatus.FORBIDDEN, frozenset((192, 193, 497, AUTHENTICATION_FAILED))),
    (HTTPStatus.NOT_FOUND, frozenset((46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 336))),
    (HTTPStatus.REQUEST_TIMEOUT, frozenset((159,))),
    (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, frozenset((QUERY_IS_TOO_LARGE,))),
    (HTTPStatus.NOT_IMPLEMENTED, frozenset((NOT_IMPLEMENTED,))),
    (HTTPStatus.SERVICE_UNAVAILABLE, frozenset((TOO_MANY_SIMULTANEOUS_QUERIES,))),
    (
        HTTPStatus.BAD_REQUEST,
        frozenset((6, 8, 15, 25, 26, 27, BAD_ARGUMENTS, 38, 41, 44, 53, SYNTAX_ERROR, 72, INCORRECT_DATA, 376, 427)),
    ),
)
_CODE: Final = re.compile(r"Code: (\d+)\. DB::Exception: ")
# The engine wraps some errors in themselves: "Code: 1. … Code: 1. … (NAME) (version 1.2). (NAME)".
_WRAPPED_END: Final = re.compile(r" \(version [^)]*\)\. \([A-Z0-9_]+\)\Z")


# An engine that met a full disk may have taken empty files for a part. Read again from the folder, such a part is set aside
# and what it was merged from stands again; code 33 alone may be a client's torn body.
_DAMAGE: Final = frozenset((33, 40, 246))
_IN_A_PART: Final = "while reading from part"


def is_damage(refusal: "WarehouseRefusal") -> bool:
    """Whether the engine could not read what it has stored itself."""
    return refusal.code in _DAMAGE and _IN_A_PART in str(refusal)


class WarehouseRefusal(Exception):
    """A request was not answered: ClickHouse's ``code`` and a ``message`` that ends with the code's name."""

    def __init__(self, code: int, message: str) -> None:
        """``message`` is one sentence or more; the name of a known code is added to it."""
        name = _NAMES.get(code)
        self.code = code
        self.message = f"{message} ({name})" if name and not message.endswith(f"({name})") else message
        super().__init__(self.message)

    @property
    def status(self) -> HTTPStatus:
        """The HTTP status under which it is told."""
        return next((status for status, codes in _STATUS if self.code in codes), HTTPStatus.INTERNAL_SERVER_ERROR)

    def text(self, version: str) -> str:
        """The line ClickHouse would send, ending with the engine's version."""
        return f"Code: {self.code}. DB::Exception: {self.message} (version {version})\n"


def refusal_of(engine_text: str) -> WarehouseRefusal:
    """An error of the engine, from its text, freed of what the engine wraps around it."""
    codes = list(_CODE.finditer(engine_text))
    if not codes:
        return WarehouseRefusal(UNKNOWN_EXCEPTION, engine_text.strip() or "the engine gave no reason")
    message = engine_text[codes[0].end() :]
    if len(codes) > 1 and codes[1].start() == codes[0].end():
        message = _WRAPPED_END.sub("", engine_text[codes[1].end() :])
    return WarehouseRefusal(int(codes[0].group(1)), message.strip())
