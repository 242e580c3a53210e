CREATE OR REPLACE VIEW findings AS
SELECT
    e.finding_id AS finding_id,
    argMax(e.code, e.place) AS code,
    argMax(e.severity, e.place) AS severity,
    argMax(e.source_id, e.place) AS source_id,
    argMax(e.params, e.place) AS params,
    argMax(e.state, e.place) AS state,
    maxIf(e.happened_at, e.state = 'raised') AS raised_at,
    argMax(e.happened_at, e.place) AS changed_at,
    argMax(e.simulation, e.place) AS simulation
FROM
(
    -- A fault may come back, so time decides first, then their order; else the clearing is the later.
    SELECT *, (happened_at, revision, indexOf(['raised', 'cleared'], state), event_id) AS place
    FROM finding_events
) AS e
GROUP BY e.finding_id
COMMENT 'The latest state of every finding about a source or record, one row each: raised or cleared, since changed_at (UTC); raised_at is its latest raising.';
