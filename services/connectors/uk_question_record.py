"""One written question of the UK Parliament: its record, read strictly, and the facts it states.

Texts and members' names are read no further than here: of a question only its heading travels on.
"""

import html
import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from schemas.events.inquiries import (
    InquiryAnswerCorrectedV1,
    InquiryAnsweredV1,
    InquiryFiledV1,
    InquiryHoldingAnsweredV1,
    InquiryLapsedV1,
    InquiryWithdrawnV1,
)
from schemas.events.verbs import ObligationFact
from services.adapters.validation_messages import Fault, faults_of

KIND: Final = "inquiry.written_question"
PAGES: Final = "https://questions-statements.parliament.uk/written-questions/detail"

TITLE_FROM_TEXT: Final = 120
"""Characters of the question that stand in for a heading the House has not given yet."""

_LOCAL_DATE: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}:\d{2}(?:\.\d+)?)?")
_TAG: Final = re.compile(r"<[^>]*>")
_LAPSED: Final = re.compile(
    r"it has not (?:proved|been) possible to (?:respond|reply|answer)\b"
    r".{0,120}?\bbefore (prorogation|dissolution)",
    re.IGNORECASE | re.DOTALL,
)


def _local_date(raw: object) -> object:
    if not isinstance(raw, str):
        return raw
    written = _LOCAL_DATE.fullmatch(raw)
    if written is None:
        raise ValueError("must be a local date such as 2024-07-17T00:00:00, without a zone")
    return date.fromisoformat(written[1])


LocalDate = Annotated[date, BeforeValidator(_local_date)]
"""A London date, as the API writes it: midnight without a zone."""


class FaultyQuestionError(Exception):
    """A record that cannot be taken: a code, and all that is wrong with it."""

    def __init__(self, code: str, *faults: Fault) -> None:
        said = (f"{fault.field}: {fault.text}" if fault.field else fault.text for fault in faults[:3])
        super().__init__("; ".join(said))
        self.code = code
        self.field = faults[0].field or None


class Question(BaseModel):
    """The fields of a question that a fact is made of; what else the API sends is not looked at.

    All of them must be there: null is said, not left out, so that a renamed field cannot look like silence.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", alias_generator=to_camel)

    id: Annotated[int, Field(ge=1)]
    uin: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,20}$")]
    house: Literal["Commons", "Lords"]
    date_tabled: LocalDate
    date_for_answer: LocalDate | None
    is_named_day: bool
    is_withdrawn: bool
    answering_body_id: Annotated[int, Field(ge=1)]
    answering_body_name: Annotated[str, Field(pattern=r"\S", max_length=500)]
    heading: Annotated[str, Field(max_length=500)] | None
    question_text: str | None
    answer_is_holding: bool | None
    answer_is_correction: bool | None
    date_answered: LocalDate | None
    answer_text: str | None
    date_answer_corrected: LocalDate | None
    date_holding_answer: LocalDate | None

    @property
    def cohort(self) -> str:
        """The month it was tabled in, ``YYYY-MM``."""
        return f"{self.date_tabled:%Y-%m}"

    @property
    def latest_on(self) -> date:
        """The latest date on which something happened. The day for answer is a plan, and may lie ahead."""
        happened = (
            self.date_tabled,
            self.date_answered,
            self.date_holding_answer,
            self.date_answer_corrected,
        )
        return max(day for day in happened if day is not None)

    @property
    def rule(self) -> str:
        """The rule it is asked under."""
        if self.house == "Lords":
            return "gb.wq.lords"
        return "gb.wq.named_day" if self.is_named_day else "gb.wq.ordinary"


def read_question(item: object) -> Question:
    """One record, bare or as the ``value`` of an API result.

    Raises: FaultyQuestionError.
    """
    value = item.get("value", item) if isinstance(item, dict) else item
    if not isinstance(value, dict):
        raise FaultyQuestionError("not_an_object", Fault("", "a question is a JSON object"))
    try:
        question = Question.model_validate(value)
    except ValidationError as error:
        raise FaultyQuestionError("invalid_data", *faults_of(error)) from error
    fault = _contradiction(question)
    if fault is not None:
        raise FaultyQuestionError("contradictory", fault)
    return question


def facts_of(question: Question, observed_on: date) -> Iterator[ObligationFact]:
    """The facts a question states.

    The source does not date a withdrawal: it lies between the tabling and ``observed_on``, and is dated the latter.
    """
    yield filing_of(question)
    holding_on = question.date_holding_answer or (question.date_answered if question.answer_is_holding else None)
    if holding_on is not None:
        yield InquiryHoldingAnsweredV1(occurred_on=holding_on)
    if question.date_answered is not None and not question.answer_is_holding:
        yield _closed(question.date_answered, question.answer_text or "")
    if question.date_answer_corrected is not None:
        yield InquiryAnswerCorrectedV1(occurred_on=question.date_answer_corrected)
    if question.is_withdrawn:
        yield InquiryWithdrawnV1(occurred_on=observed_on, earliest_on=question.date_tabled)


def title_of(question: Question) -> str:
    """The heading; until the House gives one, the first words of the question."""
    heading = " ".join((question.heading or "").split())
    if heading:
        return heading
    text = " ".join((question.question_text or "").split())
    if len(text) <= TITLE_FROM_TEXT:
        return text
    return text[:TITLE_FROM_TEXT].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def lapse_cause(answer_text: str) -> Literal["prorogation", "dissolution"] | None:
    """Why the House closed the question unanswered, when the text in the answer's place says just that."""
    plain = html.unescape(_TAG.sub(" ", answer_text)).strip()
    said = _LAPSED.match(" ".join(plain.split()))
    if said is None:
        return None
    return "prorogation" if said[1].lower() == "prorogation" else "dissolution"


def filing_of(question: Question) -> InquiryFiledV1:
    """The fact that it was asked. The day for answer of an ordinary question is formal: it is carried and binds nobody."""
    tabled = question.date_tabled
    return InquiryFiledV1(
        occurred_on=tabled,
        kind=KIND,
        jurisdiction="gb",
        rule=question.rule,
        owed_by=f"gb.dept.{question.answering_body_id}",
        owed_by_name=" ".join(question.answering_body_name.split()),
        owed_to=f"gb.house.{question.house.lower()}",
        named_on=question.date_for_answer if question.is_named_day else None,
        set_down_for=None if question.is_named_day else question.date_for_answer,
        title=title_of(question),
        reference=question.uin,
        url=f"{PAGES}/{tabled.isoformat()}/{question.uin}",
    )


def _closed(on: date, answer_text: str) -> InquiryAnsweredV1 | InquiryLapsedV1:
    cause = lapse_cause(answer_text)
    return InquiryAnsweredV1(occurred_on=on) if cause is None else InquiryLapsedV1(occurred_on=on, cause=cause)


def _contradiction(question: Question) -> Fault | None:
    """What the record says about itself that cannot be so, or none."""
    if question.is_named_day and question.date_for_answer is None:
        return Fault("dateForAnswer", "is null although isNamedDay is true; give the named day")
    if question.date_answered is not None and question.answer_is_holding is None:
        return Fault("answerIsHolding", "is null although dateAnswered is given; say whether the answer is final")
    if question.answer_is_holding and question.date_answered is None and question.date_holding_answer is None:
        return Fault("dateHoldingAnswer", "and dateAnswered are null although answerIsHolding is true")
    if question.answer_is_correction and question.date_answer_corrected is None:
        return Fault("dateAnswerCorrected", "is null although answerIsCorrection is true")
    if not title_of(question):
        return Fault("heading", "and questionText are empty; a question needs a title")
    return None
