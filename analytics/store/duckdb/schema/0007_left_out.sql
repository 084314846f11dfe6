-- What was left out of events that were counted, beside received = counted + dropped: these are parameters, not events.

CREATE TABLE left_out (                   -- additive
    day        DATE NOT NULL,
    parameters UBIGINT NOT NULL           -- user ids, e-mail addresses, order numbers ...; neither names nor values are kept
);
