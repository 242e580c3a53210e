CREATE OR REPLACE VIEW calendar_days AS
SELECT
    calendar, day, working, name,
    sum(working) OVER (PARTITION BY calendar ORDER BY day) AS working_days
FROM calendar_days_rows FINAL
COMMENT 'Every day a calendar covers, one row each: whether it counts, why not, and working_days, the days that count from the first covered one up to and including it. The difference of two is the number of working days after one day up to and including another.';
