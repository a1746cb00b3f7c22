# The portal as an image: no npm, no compiler and no package manager of Python's at work in it, not root, and nothing of
# it is written to while it runs. docker build -t rounds-portal .   (with --target pooler: PgBouncer, for compose.yaml)

FROM node:22-bookworm-slim AS front
WORKDIR /build
COPY package.json package-lock.json ./
COPY bin/build-static bin/
COPY static static
RUN sh bin/build-static

FROM python:3.11-slim-bookworm AS packages
WORKDIR /opt/rounds
COPY requirements/run.txt requirements/
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements/run.txt

FROM python:3.11-slim-bookworm AS portal
# For reports as PDF.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 fonts-liberation \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin rounds \
    && install -d -o rounds -g rounds -m 0700 /var/lib/rounds /keys/boxes /keys/stories /audit_heads
WORKDIR /opt/rounds
COPY --from=packages /opt/rounds/.venv .venv
COPY . .
COPY --from=front /build/static/built static/built
ENV PATH=/opt/rounds/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 VAR_DIR=/var/lib/rounds STATIC_ROOT=/opt/rounds/staticfiles \
    BOX_KEY_DIR=/keys/boxes STORY_KEY_DIR=/keys/stories AUDIT_HEADS_DIR=/audit_heads
RUN VAR_DIR=/tmp/build python manage.py collectstatic --no-input --verbosity 0 \
    && python -m compileall -q . \
    && rm -rf /tmp/build
USER rounds
EXPOSE 8000
CMD ["gunicorn", "rounds_site.wsgi:application", "--config", "deploy/gunicorn.conf.py"]

FROM debian:bookworm-slim AS pooler
RUN apt-get update \
    && apt-get install -y --no-install-recommends pgbouncer \
    && rm -rf /var/lib/apt/lists/*
COPY deploy/pgbouncer.ini deploy/pooler /etc/pgbouncer/
USER postgres
CMD ["sh", "/etc/pgbouncer/pooler"]
