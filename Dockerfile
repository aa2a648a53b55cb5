# The image of Halyard: one program on a base that brings the C library. Root certificates are in the program.
#
#   docker build -t halyard .
#   docker buildx build --platform linux/amd64,linux/arm64 -t registry.example.com/halyard:0.1.0 --push .
#
# Any base with glibc 2.17 or newer works, one without a shell, too: --build-arg BASE=…

ARG BASE=debian:12.12-slim

# The program for another processor is made on this one: nothing is emulated.
FROM --platform=$BUILDPLATFORM node:22.23.3-bookworm-slim AS build
ARG TARGETARCH
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN case "$TARGETARCH" in amd64) target=linux-x64 ;; *) target="linux-$TARGETARCH" ;; esac \
    && npm run --silent build:binary -- --target "$target" --outfile /out/halyard \
    && install -d /out/app /out/names && install -d -m 0700 /out/state \
    && ln -s /usr/local/bin/halyard /out/names/unleash-edge

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="Halyard" \
      org.opencontainers.image.description="Feature-flag edge server: replaces Unleash Proxy, Unleash Edge and Flagsmith Edge Proxy" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.created="$CREATED"
# Modes are those of the build: with --chmod, newer builders give them to new folders on the way as well.
COPY --from=build --chown=0:0 /out/halyard /usr/local/bin/halyard
COPY --from=build --chown=0:0 /out/THIRD-PARTY-LICENCES.txt /src/LICENSE /usr/share/doc/halyard/
# The name of Unleash Edge's program: probes and health checks of deployments call it, as /unleash-edge ready.
COPY --from=build --chown=0:0 /out/names/ /
# Where Flagsmith Edge Proxy looks for config.json, and where relative paths of extensions start.
COPY --from=build --chown=0:0 /out/app /app
# A volume that is mounted here for the first time belongs to the user below.
COPY --from=build --chown=65532:65532 /out/state /var/lib/halyard
# As bin/halyard.mjs has it: less memory at the peak (docs/performance/collection.md).
ENV BUN_JSC_heapGrowthMaxIncrease=0.8
WORKDIR /app
USER 65532:65532
# Unleash Proxy; Unleash Edge, HTTP and HTTPS; Flagsmith Edge Proxy.
EXPOSE 3000 3063 3043 8000
HEALTHCHECK --interval=30s --timeout=6s --start-period=15s --retries=3 CMD ["/usr/local/bin/halyard", "health"]
ENTRYPOINT ["/usr/local/bin/halyard"]
