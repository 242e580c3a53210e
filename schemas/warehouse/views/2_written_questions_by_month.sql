CREATE OR REPLACE VIEW written_questions_by_month AS
SELECT
    simulation,
    rule_id,
    month,
    count() AS n,
    countIf(lifecycle = 'fulfilled') AS answered,
    countIf(lifecycle = 'lapsed') AS lapsed,
    countIf(lifecycle IN ('open', 'partly_fulfilled')) AS unanswered,
    countIf(lifecycle = 'fulfilled' AND closed_on > day) AS answered_after_day,
    countIf(lifecycle = 'lapsed' AND closed_on > day) AS lapsed_after_day,
    countIf(lifecycle = 'fulfilled' AND weekdays <= 5) AS within_5_weekdays,
    countIf(lifecycle = 'fulfilled' AND weekdays <= 7) AS within_7_weekdays,
    -- An answer on a day the calendar does not cover cannot be counted, and nothing is said of the month then.
    countIf(lifecycle = 'fulfilled' AND weekdays IS NULL) AS uncounted,
    (answered_after_day + lapsed_after_day) / n AS after_day_share,
    if(answered = 0, NULL, answered_after_day / answered) AS after_day_share_of_answered,
    if(uncounted > 0, NULL, within_5_weekdays / n) AS within_5_weekdays_share,
    if(uncounted > 0 OR answered = 0, NULL, within_5_weekdays / answered) AS within_5_weekdays_share_of_answered,
    if(uncounted > 0, NULL, within_7_weekdays / n) AS within_7_weekdays_share,
    if(uncounted > 0 OR answered = 0, NULL, within_7_weekdays / answered) AS within_7_weekdays_share_of_answered,
    -- The middle one, or half-way between the two in the middle: the small build of the embedded engine has no such quantile.
    if(uncounted > 0 OR answered = 0, NULL, arrayReduce('sum', arraySlice(
        arraySort(groupArrayIf(assumeNotNull(weekdays), lifecycle = 'fulfilled')),
        intDiv(answered + 1, 2), 2 - answered % 2)) / (2 - answered % 2)) AS median_weekdays
FROM
(
    SELECT
        o.simulation AS simulation,
        o.rule_id AS rule_id,
        makeDate32(toYear(o.filed_on), toMonth(o.filed_on), 1) AS month,
        o.lifecycle AS lifecycle,
        o.closed_on AS closed_on,
        -- The named day, which binds; of an ordinary question the formal one, which does not.
        coalesce(o.due_on, o.set_down_for) AS day,
        if(tabled.calendar = '' OR closed.calendar = '', NULL, toInt64(closed.working_days) - toInt64(tabled.working_days)) AS weekdays
    FROM obligations AS o
    LEFT JOIN (SELECT * FROM calendar_days WHERE calendar = 'gb.england') AS tabled ON tabled.day = o.filed_on
    LEFT JOIN (SELECT * FROM calendar_days WHERE calendar = 'gb.england') AS closed ON closed.day = o.closed_on
    WHERE o.jurisdiction = 'gb' AND o.kind = 'inquiry.written_question' AND o.lifecycle NOT IN ('withdrawn', 'retracted')
)
GROUP BY simulation, rule_id, month
COMMENT 'Written questions of the UK Parliament per month of tabling and rule, counted; withdrawn and retracted ones left out. The day is the named day, or the formal day an ordinary question was set down for, which binds nobody; lapsed_after_day were closed without an answer after it. weekdays: days after the tabling up to and including the answer, without weekends and English holidays. Shares are fractions of n (unanswered ones among them) or, where the name says so, of answered; NULL where the calendar does not cover every answer.';
