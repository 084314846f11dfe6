"""What Footfall does with whom it counts. Read these four files and you have audited it.

``door`` is the only file that sees an address, ``agent`` the only one that sees a User-Agent, ``keys``
holds the keys of the day, ``scrubber`` takes personal data out of what pages send. Nothing here writes
a file, opens a connection or logs.
"""
