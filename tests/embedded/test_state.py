"""What the supervisor tells about its home, when the disk takes it and when it does not."""

import json
from pathlib import Path

from services.adapters.clock import SystemClock
from services.embedded.home import Home
from services.embedded.state import HomeRecord
from services.embedded.supervisor import Supervisor


def test_a_disk_that_refuses_the_state_ends_nothing_and_what_is_new_is_written_later(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    record = HomeRecord(folder / "state.json", SystemClock())
    record.started("tracker", 17, None)
    record.write(catching_up=False)  # there is no such folder: the disk refuses
    folder.mkdir()
    record.write()
    told = json.loads((folder / "state.json").read_text())
    assert (told["services"]["tracker"]["pid"], told["catching_up"]) == (17, False)


def test_a_line_that_cannot_be_shown_ends_nothing(tmp_path: Path) -> None:
    def full(_line: str) -> None:
        raise OSError(28, "No space left on device")

    supervisor = Supervisor(Home(data=tmp_path, web_port=1, demo=False), full)
    supervisor._say("this goes nowhere")  # what every line goes through
