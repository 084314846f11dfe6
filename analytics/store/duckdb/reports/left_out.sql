-- Per day from $first to $last, how many identifying parameters were left out of its events.
SELECT day, CAST(sum(parameters) AS BIGINT) FROM left_out WHERE day BETWEEN $first AND $last GROUP BY day;
