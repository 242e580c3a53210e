"""Coverage-guided fuzzing of ``decode`` and of the gateway's bodies with atheris; libFuzzer's options on the command line.

``python -m tests.dead_letters.guided -runs=100000``; ends with a traceback on anything they do not promise to raise.
"""

import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["services.adapters", "services.gateway", "schemas"]):
    from services.adapters.codec import InvalidMessage, decode
    from services.gateway.bodies import BodyForm, UndecodableBodyError, messages_in
from tests.dead_letters.mutations import originals


def one_input(raw: bytes) -> None:
    """Whatever comes is a message and a body of every form."""
    with suppress(InvalidMessage):
        decode(raw)
    for form in BodyForm:
        try:
            messages_in(form, raw, at_most=100)
        except UndecodableBodyError:
            continue


if __name__ == "__main__":
    with TemporaryDirectory(prefix="esep-fuzz-") as folder:
        for number, original in enumerate(originals()):
            (Path(folder) / f"{number}.json").write_bytes(original)
        atheris.Setup([sys.argv[0], *sys.argv[1:], f"-artifact_prefix={folder}/", folder], one_input)
        atheris.Fuzz()
