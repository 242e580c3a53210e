"""Large originals are kept whole, once, for the operator's eyes; and when they are not, their letter says so."""

import errno
import hashlib
from pathlib import Path

import pytest

from schemas.events.deadletters import DeadLetterKeptV1
from services.adapters.clock import FakeClock
from services.adapters.deadletters import KEPT_BYTES, dead_letter
from services.adapters.quarantine import Quarantine
from tests.adapters.samples import NOON

LARGE = b"x" * (KEPT_BYTES + 1)


def sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def reason(raw: bytes, quarantine: Quarantine | None) -> str:
    """What a letter about these bytes gives as its reason."""
    letter = dead_letter(
        raw,
        code="too_large",
        reason="r" * 5000,
        origin="a file",
        field=None,
        source="/test",
        clock=FakeClock(NOON),
        quarantine=quarantine,
    )
    assert isinstance(letter.data, DeadLetterKeptV1)
    return letter.data.reason


def test_a_large_original_is_kept_whole_and_once(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path, 10**6)
    for _ in range(2):
        assert "only its first" not in reason(LARGE, quarantine)
    path = tmp_path / "quarantine" / sha256(LARGE)
    assert quarantine.find(sha256(LARGE)) == path
    assert quarantine.read(sha256(LARGE)) == LARGE
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [each.name for each in path.parent.iterdir() if not each.name.startswith(".")] == [path.name]


def test_what_a_letter_holds_needs_no_quarantine(tmp_path: Path) -> None:
    assert "only its first" not in reason(LARGE[:KEPT_BYTES], Quarantine(tmp_path, 10**6))
    assert not (tmp_path / "quarantine").exists()


def test_a_full_quarantine_refuses_and_the_letter_says_so(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path, len(LARGE) + 10)
    assert "only its first" not in reason(LARGE, quarantine)
    told = reason(LARGE + b"y", quarantine)
    assert told.endswith("ESEP_QUARANTINE_BYTES)]")
    assert len(told) <= 2000
    assert quarantine.find(sha256(LARGE + b"y")) is None
    assert "only its first" not in reason(LARGE, quarantine)  # what is there stays there
    assert "no quarantine here" in reason(LARGE, None)


def test_a_disk_that_refuses_costs_the_original_and_not_the_letter(tmp_path: Path) -> None:
    (tmp_path / "quarantine").write_text("a file is in the way")
    assert "its disk refused" in reason(LARGE, Quarantine(tmp_path, 10**6))


def test_what_a_full_disk_refused_takes_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quarantine = Quarantine(tmp_path, len(LARGE) + 10)

    def refuse(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("services.adapters.quarantine.os.fsync", refuse)
        for each in (LARGE, LARGE + b"y"):
            assert "its disk refused (No space" in reason(each, quarantine)
            assert list((tmp_path / "quarantine").glob("*.part")) == []
    assert quarantine.keep(LARGE + b"z", sha256(LARGE + b"z")) is None


def test_what_killed_processes_left_of_other_originals_takes_no_room(tmp_path: Path) -> None:
    folder = tmp_path / "quarantine"
    folder.mkdir()
    (folder / f"{sha256(LARGE)}.part").write_bytes(LARGE)
    assert Quarantine(tmp_path, len(LARGE) + 10).keep(LARGE + b"y", sha256(LARGE + b"y")) is None
    assert list(folder.glob("*.part")) == []


def test_what_a_killed_process_left_is_replaced_and_what_was_changed_is_not_believed(tmp_path: Path) -> None:
    quarantine = Quarantine(tmp_path, 10**6)
    folder = tmp_path / "quarantine"
    folder.mkdir()
    (folder / f"{sha256(LARGE)}.part").write_bytes(LARGE[:7])
    assert quarantine.keep(LARGE, sha256(LARGE)) is None
    assert quarantine.read(sha256(LARGE)) == LARGE
    (folder / sha256(LARGE)).write_bytes(b"y" * len(LARGE))
    assert quarantine.read(sha256(LARGE)) is None
