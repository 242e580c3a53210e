CREATE OR REPLACE VIEW budget_periods AS
SELECT
    p.jurisdiction AS jurisdiction, p.level AS level, p.classification AS classification, p.region AS region,
    p.fiscal_year AS fiscal_year, p.period_end AS period_end, p.lines AS lines, p.source AS source_id,
    p.observed_at AS published_at,
    toBool(p.period_end = max(p.period_end) OVER
        (PARTITION BY p.simulation, p.jurisdiction, p.level, p.classification, p.region)) AS is_latest,
    if(c.now_at = toDateTime64(0, 3, 'UTC'), NULL, dateDiff('day', p.period_end, toDate32(c.now_at))) AS age_days,
    p.simulation AS simulation
FROM
(
    -- The word observed last stands; the id settles a tie, so that every replay agrees.
    SELECT *
    FROM budget_periods_rows FINAL
    WHERE (event_id, sha256) NOT IN (SELECT event_id, sha256 FROM refused_contents)
    ORDER BY observed_at DESC, event_id DESC
    LIMIT 1 BY simulation, jurisdiction, level, classification, region, period_end
) AS p
LEFT JOIN clocks AS c ON c.simulation = p.simulation
COMMENT 'Periods of budget tables that their source published whole, one row each: lines is how many statements it has, is_latest marks the last one of its table. age_days counts days from period_end to the latest tick of the clock, NULL before any tick.';
