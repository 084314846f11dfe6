# syntax=docker/dockerfile:1
# Two stages: the first builds wheels (it needs a package index), the second holds only what runs.

FROM python:3.11-slim AS build
WORKDIR /src
COPY . .
RUN pip wheel --no-cache-dir --wheel-dir /wheels .

FROM python:3.11-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links=/wheels footfall \
    && useradd --system --uid 10001 --no-create-home footfall \
    && install --directory --owner=footfall --mode=0700 /data
USER footfall
ENV FOOTFALL_DATA=/data FOOTFALL_BIND=0.0.0.0:8000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
# SIGTERM is a planned stop: what is under way is finished and written.
STOPSIGNAL SIGTERM
CMD ["footfall", "serve"]
