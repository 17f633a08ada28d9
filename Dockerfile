# The image of Golden Thread: one image, whose command picks the process.
#
#   docker build --tag goldenthread:0.1.0 .
#   docker run --rm goldenthread:0.1.0 goldenthread --help
#
# deploy/k8s and compose.yaml run it with a read-only root, as user 10001, with a small /tmp in memory.
# docs/decisions/0059-the-image.md says why it is as it is; `make image-check` builds and runs it.

# Give it a digest, too (python:3.13-slim-trixie@sha256:...), where builds are to be repeated byte by byte.
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS build
ARG UV_VERSION=0.13.9
ARG VERSION=0.1.0
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    UV_PROJECT_ENVIRONMENT=/opt/goldenthread \
    UV_PYTHON=/usr/local/bin/python3 \
    UV_PYTHON_DOWNLOADS=never \
    UV_LINK_MODE=copy \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CPU_NAME=generic
WORKDIR /src

# `strip`, and no compiler. Debian's stable release gives it no other version that matters here.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*

# The secret `ca`, where there is one, is the file of the authorities that packages are fetched with.
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    python3 -m venv /uv && /uv/bin/pip install --no-cache-dir --disable-pip-version-check "uv==${UV_VERSION}"

# What uv.lock names, compared with its hashes; wheels only.
COPY pyproject.toml uv.lock ./
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=cache,target=/root/.cache/uv \
    /uv/bin/uv sync --frozen --no-dev --no-install-project --no-build

# Tests, headers and static libraries of other packages, and the symbols of their libraries: 95 MB that nothing reads.
# The libraries in *.libs are left as they are: whoever put them there has changed them in a way that `strip` may break.
WORKDIR /opt/goldenthread/lib
RUN find . -type d \( -name tests -o -name include \) -prune -exec rm -r {} + \
    && find . -type f \( -name '*.a' -o -name '*.pyi' -o -name '*.pxd' \) -delete \
    && find . -type f -name '*.so' -not -path '*.libs/*' -exec strip --strip-unneeded {} +

# Our own packages, as a wheel. What builds it is in uv.lock, too. Then the engine is compiled, for every processor of
# this architecture.
WORKDIR /src
COPY README.md LICENSE ./
COPY goldenthread goldenthread
COPY services services
COPY gateway gateway
RUN --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt \
    --mount=type=cache,target=/root/.cache/uv \
    /uv/bin/uv export --quiet --frozen --only-group dev --output-file /tmp/build.txt \
    && /uv/bin/uv build --wheel --out-dir /tmp/dist --build-constraints /tmp/build.txt --require-hashes \
    && /uv/bin/uv pip install --no-deps --python /opt/goldenthread "/tmp/dist/goldenthread-${VERSION}-py3-none-any.whl"
RUN /opt/goldenthread/bin/python -P -m services.alignment.precompile


FROM ${BASE}
ENV PATH=/opt/goldenthread/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CPU_NAME=generic

COPY --from=build /opt/goldenthread /opt/goldenthread

# Nothing is installed here any more: pip goes. What the processes import gets its bytecode, that of Python's own library,
# too, which official images leave out: later nobody may write it. Other modules (half of all) are seldom imported.
RUN --mount=type=bind,source=deploy/image,target=/mnt \
    rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/site-packages/pip* /usr/local/lib/python3*/ensurepip \
    && python -P /mnt/bytecode.py

# Here, so that a commit that changes nothing in the image leaves all layers above as they are.
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Golden Thread" \
      org.opencontainers.image.description="Keeps an organization's why intact from the boardroom to the last team." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/goldenthread/goldenthread" \
      org.opencontainers.image.documentation="https://github.com/goldenthread/goldenthread/blob/main/docs/running.md" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"

USER 10001:10001
EXPOSE 8080 9090
STOPSIGNAL SIGTERM
CMD ["goldenthread", "--help"]
