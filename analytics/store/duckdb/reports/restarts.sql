-- The days from $first to $last on which a crash lost the visitor map.
SELECT DISTINCT day FROM restarts WHERE day BETWEEN $first AND $last;
