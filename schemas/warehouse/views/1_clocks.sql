CREATE OR REPLACE VIEW clocks AS
SELECT t.simulation AS simulation, max(t.at) AS now_at
FROM ticks_rows AS t FINAL
GROUP BY t.simulation
COMMENT 'The latest tick of every clock: the UTC instant up to which obligations were judged. The simulation '''' is the real world.';
