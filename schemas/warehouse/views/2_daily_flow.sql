CREATE OR REPLACE VIEW daily_flow AS
SELECT
    simulation,
    jurisdiction,
    assumeNotNull(step.2) AS day,
    countIf(step.1 = 'filed') AS filed,
    countIf(step.1 = 'fell_due') AS fell_due,
    countIf(step.1 = 'closed') AS closed,
    countIf(step.1 = 'became_late') AS became_late
FROM
(
    SELECT
        o.simulation AS simulation,
        o.jurisdiction AS jurisdiction,
        arrayJoin([
            ('filed', toNullable(o.filed_on)),
            ('fell_due', if(o.due_at <= c.now_at, o.due_on, NULL)),
            ('closed', if(o.lifecycle IN ('fulfilled', 'lapsed'), o.closed_on, NULL)),
            ('became_late', if(o.claim = 'publishable' AND o.timeliness IN ('late', 'very_late', 'fulfilled_late'), o.due_on + INTERVAL 1 DAY, NULL))
        ]) AS step
    FROM obligations AS o
    LEFT JOIN clocks AS c ON c.simulation = o.simulation
    WHERE o.lifecycle NOT IN ('withdrawn', 'retracted')
)
WHERE step.2 IS NOT NULL
GROUP BY simulation, jurisdiction, day
COMMENT 'Obligations per local legal date, counted as they stand now: filed; fell_due (the due date has passed, done or not); closed (fulfilled or lapsed); became_late (first day after the due date, publishable claims only). Withdrawn and retracted ones left out.';
