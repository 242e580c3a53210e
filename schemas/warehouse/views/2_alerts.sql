CREATE OR REPLACE VIEW alerts AS
SELECT
    e.alert_id AS alert_id,
    argMax(e.state, e.place) AS state,
    argMax(e.severity, e.place) AS severity,
    argMax(e.obligation_id, e.place) AS obligation_id,
    argMax(e.kind, e.place) AS kind,
    argMax(e.owed_by, e.place) AS owed_by,
    argMax(e.owed_by_name, e.place) AS owed_by_name,
    argMax(e.title, e.place) AS title,
    argMax(e.rule_id, e.place) AS rule_id,
    argMax(e.due_on, e.place) AS due_on,
    argMax(e.due_at, e.place) AS due_at,
    argMax(e.backfill, e.place) AS backfill,
    argMax(e.reason, e.place) AS reason,
    min(e.happened_at) AS raised_at,
    argMax(e.happened_at, e.place) AS changed_at,
    argMax(e.simulation, e.place) AS simulation
FROM
(
    -- An alert is raised, then escalated, then cleared, each at most once: the step itself says what came last.
    SELECT *, (indexOf(['raised', 'escalated', 'cleared'], state), happened_at, event_id) AS place
    FROM alert_events
) AS e
GROUP BY e.alert_id
COMMENT 'The latest state of every alert, one row each: raised, escalated or cleared, since changed_at (UTC).';
