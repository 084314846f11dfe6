-- Before a month's roll-ups are made anew; they begin with the visits over midnight (close_month.sql).
DROP TABLE outside;

DELETE FROM months WHERE month = $month;

DELETE FROM rollup_months WHERE month = $month;
