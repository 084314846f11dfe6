-- Whether anything that is kept apart of the days before $before is still known to the second.
SELECT EXISTS (FROM apart WHERE day < $before AND time <> time_bucket(INTERVAL 15 MINUTE, time));
