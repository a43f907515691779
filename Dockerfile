# One image for every program: `docker run IMAGE api`, `redirector`, `worker --ingest`, `worker --jobs`, `migrate`.
# Stores come from DATABASE_URL and REDIS_URL; the embedded servers are not in it.

FROM python:3.11-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements.lock ./
RUN python -m venv /venv \
    && /venv/bin/pip install --require-hashes --no-deps --only-binary=:all: -r requirements.lock

FROM packages AS web
COPY package.json package-lock.json .npmrc requirements-node.lock ./
COPY creatrail creatrail
COPY tracking tracking
RUN /venv/bin/python -m creatrail.web_assets

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin creatrail \
    && install -d -o creatrail -g creatrail -m 0700 /var/lib/creatrail /var/lib/creatrail/spool
COPY --from=packages /venv /venv
WORKDIR /app
COPY --from=web /build/.web .web
COPY tracking tracking
COPY redirector redirector
COPY worker worker
COPY api api
COPY creatrail creatrail
COPY LICENSE ./
RUN /venv/bin/python -m compileall -q .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATE_DIR=/var/lib/creatrail \
    SPOOL_DIR=/var/lib/creatrail/spool \
    WEB_ASSETS_DIR=/app/.web
USER creatrail
ENTRYPOINT ["python", "-m", "creatrail"]
CMD ["--help"]
