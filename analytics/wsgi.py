"""The entry point for plain WSGI servers with one process, such as waitress. Slower than ASGI, same answers."""

from analytics import config
from analytics.app import wsgi_application

application = wsgi_application(config.load())
