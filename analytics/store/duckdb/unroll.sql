-- Before the roll-ups of the days from $first to $last are made anew.
DELETE FROM rollup_days WHERE day BETWEEN $first AND $last;

UPDATE days SET rules = $rules, fine = true WHERE day BETWEEN $first AND $last;
