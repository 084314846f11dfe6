"""Counts visitors from within an application: Flask and every other WSGI application, ASGI, and Django.

``Footfall`` is the whole interface; docs/client.md shows how to use it. This folder runs in other people's programs: it
uses only the standard library (and Django, in the one file for Django), imports nothing else of ours, and never raises into
the application.
"""

from analytics.client.footfall import Footfall
from analytics.client.outbox import Tally
from analytics.client.request import Request

__all__ = ["Footfall", "Request", "Tally"]
