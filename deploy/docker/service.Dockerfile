# One image a service: docker build --build-arg SERVICE=booking -f deploy/docker/service.Dockerfile .
FROM python:3.13-slim AS build
WORKDIR /build
COPY requirements.lock .
RUN python3 -m venv /venv && /venv/bin/pip install --no-cache-dir --no-compile --require-hashes -r requirements.lock

FROM python:3.13-slim
ARG SERVICE
ENV SERVICE=${SERVICE} HOST=0.0.0.0 PORT=8000 \
    PATH=/venv/bin:$PATH PYTHONPATH=/app/shared/src:/app/services/${SERVICE}/src \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN groupadd --system --gid 10001 app && useradd --system --uid 10001 --gid app --no-create-home app
# A volume takes over whose the folder is that it is mounted on.
RUN install -d -o app -g app /media
WORKDIR /app
COPY --from=build /venv /venv
COPY shared/src shared/src
COPY services/${SERVICE} services/${SERVICE}
# Which build it is, as `git describe` says; last, so that another one changes nothing before it.
ARG VERSION
ENV VERSION=${VERSION}
USER app
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=2)"]
ENTRYPOINT ["/bin/sh", "-c", "exec python -m \"$SERVICE\" \"$@\"", "--"]
CMD ["api"]
