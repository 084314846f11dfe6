-- The months that are closed, and the digest of the section rules their roll-ups were made with.
SELECT month, rules FROM months;
