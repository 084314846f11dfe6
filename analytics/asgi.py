"""The entry point for ASGI servers: ``gunicorn -c gunicorn.conf.py analytics.asgi:application``."""

from analytics import config
from analytics.app import asgi_application

application = asgi_application(config.load())
