"""Counts from within an application: for Flask and every WSGI application, for ASGI, and for Django.

``Footfall`` is all there is to know; docs/client.md shows it. This folder runs in other people's programs: it uses the
standard library alone (and Django, in the one file for Django), imports nothing else of ours, and never raises into
the application it counts for.
"""

from analytics.client.footfall import Footfall
from analytics.client.outbox import Tally
from analytics.client.request import Request

__all__ = ["Footfall", "Request", "Tally"]
