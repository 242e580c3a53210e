"""The text of a table of the budget portal: which encoding a file that is not UTF-8 looks like, and where it was cut.

Only bytes become text here; rows and columns are read in ``kz_budget_table``.
"""

import codecs
from dataclasses import replace
from typing import Final

from services.connectors.base import UTF8_BOM, Artefact, ArtefactRejectedError, Notice, Rejected, text_of

_CYRILLIC_CODE_PAGES: Final = {"windows-1251": "cp1251", "DOS 866": "cp866", "KOI8-R": "koi8-r"}
_LOOKED_AT_BYTES: Final = 65_536
_FEW_LETTERS: Final = 5
_MOSTLY: Final = 0.6
"""Of what is not ASCII; a damaged UTF-8 file, read as KOI8-R, has half of it in small letters."""


def table_text(artefact: Artefact) -> tuple[str, tuple[Notice, ...]]:
    """The content as text, with a notice when a byte order mark was taken off.

    A file that breaks off within its last letter is read up to there: its last row then lacks its end and is refused.
    Raises: ArtefactRejectedError naming line, byte and the encoding it looks like when it is not UTF-8.
    """
    if b"\0" in artefact.content[:_LOOKED_AT_BYTES]:
        # UTF-16 may pass for UTF-8 letter by letter, as long as all of it is Latin or Russian.
        reason = f"{artefact.name}, line 1: not UTF-8; it looks like UTF-16, so save the file as UTF-8"
        raise ArtefactRejectedError(Rejected(artefact.name, "1", None, "invalid_utf8", reason, artefact.content))
    whole = replace(artefact, content=_up_to_last_letter(artefact.content))
    try:
        return text_of(whole)
    except ArtefactRejectedError as unusable:
        looks_like = _guess(artefact.content)
        if looks_like is None:
            raise
        reason = unusable.rejected.reason.replace("; save", f"; it looks like {looks_like}, so save")
        raise ArtefactRejectedError(replace(unusable.rejected, reason=reason)) from unusable


def _up_to_last_letter(content: bytes) -> bytes:
    """Without the first bytes of a letter whose others are not there, if that is all there is to hold against it."""
    try:
        content.removeprefix(UTF8_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        cut = len(error.object) - error.start
        if error.reason == "unexpected end of data" and cut < 4:
            return content[:-cut]
    return content


def _guess(content: bytes) -> str | None:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    looked_at = content[:_LOOKED_AT_BYTES]
    foreign = sum(byte >= 0x80 for byte in looked_at)
    letters = {name: _russian_letters(looked_at, page) for name, page in _CYRILLIC_CODE_PAGES.items()}
    likely = max(letters, key=lambda name: letters[name])
    return likely if letters[likely] > max(_FEW_LETTERS, foreign * _MOSTLY) else None


def _russian_letters(content: bytes, page: str) -> int:
    """Small letters only: read through the wrong page, Russian becomes capitals and frames."""
    return sum("а" <= letter <= "я" for letter in content.decode(page, errors="ignore"))
