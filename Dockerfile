# One target for each component: `docker build --target gateway .`, after `make dist`; `make images` builds them all.
# Nothing is compiled or fetched here: the base is Debian's, the rest is copied from dist/.
ARG BASE=debian:12-slim

FROM ${BASE} AS base
ARG VERSION=unknown
LABEL org.opencontainers.image.title="enrich" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.licenses="Apache-2.0"
# Loopback would let nobody in. Ports below 1024 need rights that the user does not have.
ENV ENRICH_LISTEN=0.0.0.0:50051
WORKDIR /opt/enrich
USER 65532:65532
EXPOSE 50051
# The programs are process 1: they start no others, so nothing has to reap, and they drain at SIGTERM.
STOPSIGNAL SIGTERM

# Libraries first, programs last: the former are most of it and change least, so that nodes have them at the next version.
FROM base AS gateway
COPY dist/gateway/LICENSE dist/gateway/enrich-gateway /opt/enrich/
ENTRYPOINT ["/opt/enrich/enrich-gateway"]

FROM base AS language
COPY dist/language/models /opt/enrich/models
COPY dist/language/LICENSE dist/language/enrich-language /opt/enrich/
ENTRYPOINT ["/opt/enrich/enrich-language"]

FROM base AS topics
COPY dist/topics/models /opt/enrich/models
COPY dist/topics/LICENSE dist/topics/enrich-topics /opt/enrich/
ENTRYPOINT ["/opt/enrich/enrich-topics"]

FROM base AS entities
COPY dist/entities/lib /opt/enrich/lib
COPY dist/entities/models /opt/enrich/models
COPY dist/entities/LICENSE dist/entities/enrich-entities /opt/enrich/
ENTRYPOINT ["/opt/enrich/enrich-entities"]

# With a libtorch that has CUDA: `LIBTORCH=path make dist` lays this one out instead of entities. The node brings the driver.
FROM base AS entities-cuda
COPY dist/entities-cuda/lib /opt/enrich/lib
COPY dist/entities-cuda/models /opt/enrich/models
COPY dist/entities-cuda/LICENSE dist/entities-cuda/enrich-entities /opt/enrich/
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility ENRICH_ENTITIES_DEVICE=cuda:0
ENTRYPOINT ["/opt/enrich/enrich-entities"]

FROM base AS all-in-one
COPY dist/all-in-one/lib /opt/enrich/lib
COPY dist/all-in-one/models /opt/enrich/models
COPY dist/all-in-one/LICENSE dist/all-in-one/enrich /opt/enrich/
ENTRYPOINT ["/opt/enrich/enrich"]
CMD ["serve"]
