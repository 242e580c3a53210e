"""One line of observed changes to written questions: its record, read strictly.

What facts follow from a line is decided in ``uk_change_facts``; how a file of lines is read, in ``uk_change_file``.
"""

from datetime import date
from typing import Annotated, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from services.adapters.validation_messages import Fault, faults_of
from services.connectors.uk_question_record import FaultyQuestionError, LocalDate, Question, read_question

_BodyId = Annotated[int, Field(ge=1)]
_Dates = tuple[LocalDate | None, LocalDate | None]
_Marks = tuple[bool | None, bool | None]

# A first sight leaves out what never varies (the files hold the Commons alone) and the text of the answer.
_LEFT_OUT: Final[dict[str, object]] = {"house": "Commons", "answerText": None}


class ChangedFields(BaseModel):
    """The fields that facts are made of, each with its old and its new value; None where a field did not change.

    What else changed is not looked at, except for what decides which duty it is: that cannot change.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", alias_generator=to_camel)

    date_for_answer: _Dates | None = None
    answering_body_id: tuple[_BodyId, _BodyId] | None = None
    answering_body_name: tuple[str, Annotated[str, Field(pattern=r"\S", max_length=500)]] | None = None
    heading: tuple[str | None, Annotated[str, Field(max_length=500)] | None] | None = None
    is_withdrawn: tuple[bool, bool] | None = None
    answer_is_holding: _Marks | None = None
    answer_is_correction: _Marks | None = None
    date_answered: _Dates | None = None
    date_answer_corrected: _Dates | None = None
    date_holding_answer: _Dates | None = None

    uin: object = None
    house: object = None
    date_tabled: object = None
    is_named_day: object = None

    @model_validator(mode="after")
    def _the_duty_stays(self) -> Self:
        changed = sorted(self.model_fields_set & {"uin", "house", "date_tabled", "is_named_day"})
        if changed:
            raise ValueError(f"{to_camel(changed[0])} changed: that would be another question; look at the source")
        return self


class Change(BaseModel):
    """One observed change: a question first seen (``record``), updated (``fields``) or disappeared.

    It happened after ``previous_snapshot`` and was seen in the one of ``observed_at``.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    change: Literal["first_seen", "updated", "disappeared"]
    id: Annotated[int, Field(ge=1)]
    month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    observed_at: AwareDatetime
    previous_snapshot: AwareDatetime
    fields: ChangedFields | None = None
    record: dict[str, object] | None = None

    @model_validator(mode="after")
    def _says_what_changed(self) -> Self:
        if self.previous_snapshot >= self.observed_at:
            raise ValueError("previous_snapshot is not before observed_at")
        if self.change == "updated" and self.fields is None:
            raise ValueError("fields are missing from an update")
        if self.change == "first_seen" and self.record is None:
            raise ValueError("record is missing from a first sight")
        return self

    @property
    def month_begins_on(self) -> date:
        """The first day of the month of tabling."""
        return date.fromisoformat(f"{self.month}-01")


def read_change(line: bytes) -> Change:
    """One line of the file.

    Raises: FaultyQuestionError with the field at fault.
    """
    try:
        return Change.model_validate_json(line)
    except ValidationError as error:
        faults = faults_of(error)
        code = "invalid_json" if error.errors()[0]["type"] == "json_invalid" else "invalid_data"
        raise FaultyQuestionError(code, *faults) from error


def question_in(change: Change) -> Question:
    """The whole record of a first sight.

    Raises: FaultyQuestionError, also when it belongs to another month than its line says.
    """
    question = read_question({**_LEFT_OUT, **(change.record or {}), "id": change.id})
    if question.cohort != change.month:
        raise FaultyQuestionError(
            "contradictory", Fault("month", f"is {change.month}, but the question was tabled on {question.date_tabled}")
        )
    return question
