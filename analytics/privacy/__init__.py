"""What Footfall does with the people it counts. Read these four files and you have audited it.

``door`` is the only file that sees an address, ``agent`` the only one that sees a User-Agent, ``keys`` holds the keys of
the day, ``scrubber`` removes personal data from what pages send. Nothing here writes a file, opens a connection or logs.
"""
