"""From the bytes of one message to its rows, or to the reason why not.

Pure apart from the codec; what to do with a rejected message is the loop's business.
"""

from pydantic import ValidationError

from schemas.envelope import Event
from schemas.rows.mapping import is_archived, to_rows
from schemas.rows.tables import Row
from schemas.topics import BUDGET, FACTS, TOPICS, Topic
from services.adapters.codec import InvalidMessage, content_digest, decode, decode_at


def read_rows(topic: str, partition: int, raw: bytes) -> tuple[Row, ...]:
    """The rows of a message of this topic and partition.

    Raises: InvalidMessage for what is not an event, for an event that does not belong there (it would enter the record
    without its writer's right, or without being judged), and for a value that no column can hold.
    """
    event = _decoded(TOPICS[topic], partition, raw)
    try:
        return to_rows(event, body=raw.decode(), sha256=content_digest(event) if is_archived(event) else "")
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        column = ".".join(str(part) for part in fault["loc"])
        reason = f"{column}: {fault['msg']}; the warehouse cannot store it"
        raise InvalidMessage("invalid_data", reason, column) from error


def _decoded(topic: Topic, partition: int, raw: bytes) -> Event:
    # Facts go by the tracker's rule, so that both keep the same letter of the same record.
    if topic in (FACTS, BUDGET):
        return decode_at(raw, topic, partition)
    event = decode(raw)
    if event.data.family not in topic.families:
        raise InvalidMessage("forbidden_family", f"{event.type} does not belong in {topic.name}", "type")
    return event
