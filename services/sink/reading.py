"""From the bytes of one message to its rows, or to the reason why not.

Pure apart from the codec; what to do with a rejected message is the loop's business.
"""

from pydantic import ValidationError

from schemas.rows.mapping import is_archived, to_rows
from schemas.rows.tables import Row
from schemas.topics import TOPICS
from services.adapters.codec import InvalidMessage, content_digest, decode


def read_rows(topic: str, raw: bytes) -> tuple[Row, ...]:
    """The rows of a message of this topic.

    Raises: InvalidMessage for what is not an event, for an event that does not belong on this topic (it would
    enter the record without its writer's right), and for a value that no column can hold.
    """
    event = decode(raw)
    if event.data.family not in TOPICS[topic].families:
        raise InvalidMessage("forbidden_family", f"{event.type} does not belong on {topic}", "type")
    try:
        return to_rows(event, body=raw.decode(), sha256=content_digest(event) if is_archived(event) else "")
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        column = ".".join(str(part) for part in fault["loc"])
        reason = f"{column}: {fault['msg']}; the warehouse cannot store it"
        raise InvalidMessage("invalid_data", reason, column) from error
