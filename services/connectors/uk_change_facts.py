"""From observed changes of one question to the facts they state, and the count each change goes under.

Pure: what a question's record said last is handed in, and what it says now comes back beside the facts.
"""

from dataclasses import dataclass, fields
from datetime import date
from typing import Final, TypeVar

from schemas.events.inquiries import (
    InquiryAmendedV1,
    InquiryAnswerCorrectedV1,
    InquiryAnsweredV1,
    InquiryDueDateChangedV1,
    InquiryFiledV1,
    InquiryHoldingAnsweredV1,
    InquiryReopenedV1,
    InquiryRetractedV1,
    InquiryTransferredV1,
    InquiryWithdrawnV1,
)
from schemas.events.verbs import ObligationFact
from services.adapters.validation_messages import Fault
from services.connectors.uk_change_record import ChangedFields
from services.connectors.uk_question_record import FaultyQuestionError, Question

RECORD_CAME_BACK: Final = "the source shows the record again"
ANSWER_TAKEN_BACK: Final = "the source took the answer back"
NOT_WITHDRAWN: Final = "the source no longer calls it withdrawn"

ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Interval:
    """The local dates of the two snapshots between which something happened."""

    earliest_on: date
    latest_on: date


@dataclass(frozen=True, slots=True)
class Standing:
    """What the record of a question says about its life; None where it says nothing, or was never seen."""

    body_id: int | None = None
    date_for_answer: date | None = None
    heading: str | None = None
    is_withdrawn: bool = False
    answer_is_holding: bool | None = None
    date_answered: date | None = None
    answer_is_correction: bool | None = None
    date_answer_corrected: date | None = None
    date_holding_answer: date | None = None

    @property
    def final_on(self) -> date | None:
        """The day of the final answer, if one was given."""
        return None if self.answer_is_holding else self.date_answered

    @property
    def holding_on(self) -> date | None:
        """The day of the holding answer, if one was given."""
        return self.date_holding_answer or (self.date_answered if self.answer_is_holding else None)


def standing_of(question: Question) -> Standing:
    """What a whole record says."""
    return Standing(
        body_id=question.answering_body_id,
        date_for_answer=question.date_for_answer,
        heading=question.heading,
        is_withdrawn=question.is_withdrawn,
        answer_is_holding=question.answer_is_holding,
        date_answered=question.date_answered,
        answer_is_correction=question.answer_is_correction,
        date_answer_corrected=question.date_answer_corrected,
        date_holding_answer=question.date_holding_answer,
    )


def before_and_after(known: Standing, changed: ChangedFields) -> tuple[Standing, Standing]:
    """What the record said and what it says, by the change itself; what did not change is as known."""
    return _side(known, changed, 0), _side(known, changed, 1)


def contradictions(known: Standing, before: Standing) -> list[str]:
    """The fields whose old value is not the one that was known."""
    return [field.name for field in fields(Standing) if getattr(known, field.name) != getattr(before, field.name)]


def _side(known: Standing, changed: ChangedFields, side: int) -> Standing:
    def said(pair: tuple[ValueT, ValueT] | None, otherwise: ValueT) -> ValueT:
        return otherwise if pair is None else pair[side]

    return Standing(
        body_id=said(changed.answering_body_id, known.body_id),
        date_for_answer=said(changed.date_for_answer, known.date_for_answer),
        heading=said(changed.heading, known.heading),
        is_withdrawn=said(changed.is_withdrawn, known.is_withdrawn),
        answer_is_holding=said(changed.answer_is_holding, known.answer_is_holding),
        date_answered=said(changed.date_answered, known.date_answered),
        answer_is_correction=said(changed.answer_is_correction, known.answer_is_correction),
        date_answer_corrected=said(changed.date_answer_corrected, known.date_answer_corrected),
        date_holding_answer=said(changed.date_holding_answer, known.date_holding_answer),
    )


def facts_between(
    before: Standing, after: Standing, between: Interval, *, body_name: str | None, filing: InquiryFiledV1 | None
) -> tuple[ObligationFact, ...]:
    """The facts that lead from what a record said to what it says.

    ``filing`` is the question as first asked, None when it was never seen; ``body_name`` names the body of ``after``.
    Raises: FaultyQuestionError when the change cannot be understood.
    """
    return (
        *_day_moved(before, after, between, filing),
        *_retitled(before, after, between),
        *_transferred(before, after, between, body_name),
        *_answered(before, after, between),
        *_withdrawn(before, after, between),
    )


def reopened(between: Interval, reason: str) -> InquiryReopenedV1:
    """It is owed again as it was."""
    return InquiryReopenedV1(occurred_on=between.latest_on, earliest_on=between.earliest_on, reason=reason)


def retracted(between: Interval) -> InquiryRetractedV1:
    """The record is gone; why, the source does not say."""
    return InquiryRetractedV1(occurred_on=between.latest_on, earliest_on=between.earliest_on)


def kinds_of(before: Standing, after: Standing) -> tuple[str, ...]:
    """The names an update is counted under; ``heading_only`` and ``nothing_read`` stand alone."""
    found = [
        name
        for name, was, now in (
            ("due_date_moved", before.date_for_answer, after.date_for_answer),
            ("transferred", before.body_id, after.body_id),
            ("answer_corrected", before.date_answer_corrected, after.date_answer_corrected),
            ("withdrawn", before.is_withdrawn, after.is_withdrawn),
        )
        if was != now
    ]
    if after.date_answered is not None and before.final_on != after.final_on:
        found.append("answered_after_holding" if before.answer_is_holding else "answered")
    elif after.answer_is_holding and before.holding_on != after.holding_on:
        found.append("holding_answered")
    if not found:
        found.append("heading_only" if before.heading != after.heading else "nothing_read")
    return tuple(found)


def _day_moved(
    before: Standing, after: Standing, between: Interval, filing: InquiryFiledV1 | None
) -> tuple[ObligationFact, ...]:
    """A named day that moved is a due date changed; the formal day of an ordinary question is a filing said anew.

    Of a question whose filing is not known the rule will say whether the day counts.
    """
    day = after.date_for_answer
    if day == before.date_for_answer:
        return ()
    if filing is not None and filing.named_on is None:
        return (filing.model_copy(update={"set_down_for": day}),)
    if day is None:
        raise FaultyQuestionError(
            "contradictory", Fault("fields.dateForAnswer", "takes the day away; give the new one")
        )
    return (InquiryDueDateChangedV1(occurred_on=between.latest_on, earliest_on=between.earliest_on, named_on=day),)


def _retitled(before: Standing, after: Standing, between: Interval) -> tuple[ObligationFact, ...]:
    title = " ".join((after.heading or "").split())
    if before.heading == after.heading or not title:
        return ()
    return (InquiryAmendedV1(occurred_on=between.latest_on, earliest_on=between.earliest_on, title=title),)


def _transferred(
    before: Standing, after: Standing, between: Interval, body_name: str | None
) -> tuple[ObligationFact, ...]:
    """A transfer comes before the answer seen with it, and still lies between its snapshots: so transfers keep their order."""
    if after.body_id is None or after.body_id == before.body_id:
        return ()
    if body_name is None:
        raise FaultyQuestionError(
            "contradictory", Fault("fields.answeringBodyName", "is missing although answeringBodyId changed; give both")
        )
    on = between.latest_on
    if after.final_on is not None and after.final_on != before.final_on:
        on = max(between.earliest_on, min(on, after.final_on))
    return (
        InquiryTransferredV1(
            occurred_on=on,
            earliest_on=between.earliest_on,
            owed_by=f"gb.dept.{after.body_id}",
            owed_by_name=" ".join(body_name.split()),
        ),
    )


def _answered(before: Standing, after: Standing, between: Interval) -> tuple[ObligationFact, ...]:
    if after.date_answered is not None and after.answer_is_holding is None:
        raise FaultyQuestionError(
            "contradictory", Fault("fields.answerIsHolding", "is null although dateAnswered is given; say which it is")
        )
    found: list[ObligationFact] = []
    if after.holding_on is not None and after.holding_on != before.holding_on:
        found.append(InquiryHoldingAnsweredV1(occurred_on=after.holding_on))
    if after.final_on is not None and after.final_on != before.final_on:
        found.append(InquiryAnsweredV1(occurred_on=after.final_on))
    elif after.final_on is None and before.final_on is not None:
        found.append(reopened(between, ANSWER_TAKEN_BACK))
    corrected_on = after.date_answer_corrected
    if corrected_on is not None and corrected_on != before.date_answer_corrected:
        found.append(InquiryAnswerCorrectedV1(occurred_on=corrected_on))
    elif after.answer_is_correction and not before.answer_is_correction:
        found.append(InquiryAnswerCorrectedV1(occurred_on=between.latest_on, earliest_on=between.earliest_on))
    return tuple(found)


def _withdrawn(before: Standing, after: Standing, between: Interval) -> tuple[ObligationFact, ...]:
    if after.is_withdrawn and not before.is_withdrawn:
        return (InquiryWithdrawnV1(occurred_on=between.latest_on, earliest_on=between.earliest_on),)
    if before.is_withdrawn and not after.is_withdrawn:
        return (reopened(between, NOT_WITHDRAWN),)
    return ()
