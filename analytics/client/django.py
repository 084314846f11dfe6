"""The adapter for Django: a middleware, synchronous or asynchronous as the application is, configured by ``FOOTFALL_...``
settings."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import fields
from functools import lru_cache
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from analytics.client.footfall import Footfall
from analytics.client.request import Exchange, Request
from analytics.client.wsgi import header_of

PREFIX = "FOOTFALL_"


@lru_cache(maxsize=1)
def footfall() -> Footfall:
    """The client that the settings describe, for your own events: ``footfall().event("Sign-up")``.

    Each argument of ``Footfall`` is a setting, in capitals after ``FOOTFALL_``. Raises ImproperlyConfigured naming the
    setting.
    """
    known = {PREFIX + field.name.upper(): field.name for field in fields(Footfall)}
    unknown = [name for name in dir(settings) if name.startswith(PREFIX) and name not in known]
    if unknown:
        raise ImproperlyConfigured(f"{unknown[0]} is no setting of Footfall; there are {', '.join(known)}")
    given = {field: getattr(settings, name) for name, field in known.items() if hasattr(settings, name)}
    if isinstance(given.get("should_count"), str):
        given["should_count"] = import_string(given["should_count"])
    try:
        return Footfall(**given)
    except ValueError as error:
        raise ImproperlyConfigured(f"{PREFIX}... {error}") from None


class FootfallMiddleware:
    """Counts the responses of a Django application. Put it first in ``MIDDLEWARE``: it sees the response as it is sent."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._footfall = footfall()
        if not self._footfall.enabled:
            raise MiddlewareNotUsed
        self._is_async = iscoroutinefunction(get_response)
        if self._is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Responds as the application does."""
        if self._is_async:
            return self._answer_soon(request)
        exchange = self._footfall.begin(_request, request)
        try:
            return _answered(exchange, self._get_response(request))
        finally:
            exchange.end()

    async def _answer_soon(self, request: HttpRequest) -> HttpResponse:
        exchange = self._footfall.begin(_request, request)
        try:
            response = await self._get_response(request)
            if self._footfall.should_count is None:
                return _answered(exchange, response)
            return await sync_to_async(_answered)(exchange, response)  # the hook may ask the database who it is
        finally:
            exchange.end()


def _answered(exchange: Exchange, response: HttpResponse) -> HttpResponse:
    exchange.answered(lambda: (response.status_code, response.headers.get("Content-Type", "")))
    return response


def _request(request: HttpRequest) -> Request:
    meta = request.META
    return Request(
        at=time.time(),
        method=request.method,
        scheme=request.scheme,
        host=_host(request),
        path=request.path,
        query=meta.get("QUERY_STRING", ""),
        header=header_of(meta),
        peer=meta.get("REMOTE_ADDR") or "",
        native=request,
    )


def _host(request: HttpRequest) -> str:
    """The request's host by Django's settings, including those about proxies; '' if it is not allowed: Django answers that
    with an error."""
    try:
        return str(request.get_host())
    except SuspiciousOperation:
        return ""
