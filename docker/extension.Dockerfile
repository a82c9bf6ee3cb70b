# Two images without an operating system for CloudNativePG, which mounts each as a volume beside its own image of
# PostgreSQL (18 or newer):
#
#   docker build -f docker/Dockerfile -t pg_launchpad:18 .
#   docker build -f docker/extension.Dockerfile --target extension -t pg_launchpad-extension:18 .
#   docker build -f docker/extension.Dockerfile --target environment -t pg_launchpad-environment:18 .
#
# `extension` holds the library, its programs and the SQL, in the folders that CloudNativePG looks in: lib and share.
# `environment` holds a Python with the packages of the default environment that needs nothing of the image it runs in
# but the C library; docker/environment makes it. Mounted at /extensions/NAME, it is /extensions/NAME/bin/python.
ARG PG_MAJOR=18
ARG IMAGE=pg_launchpad:${PG_MAJOR}

FROM ${IMAGE} AS image

FROM image AS tree
USER root
WORKDIR /src
COPY scripts/env.sh scripts/env.sh
COPY docker/environment docker/environment
RUN docker/environment /environment

FROM scratch AS environment
COPY --from=tree /environment /

FROM scratch AS extension
ARG PG_MAJOR
COPY --from=image /usr/lib/postgresql/${PG_MAJOR}/lib/pg_launchpad.so /lib/
COPY --from=image /usr/lib/postgresql/${PG_MAJOR}/lib/pg_launchpad /lib/pg_launchpad
COPY --from=image /usr/share/postgresql/${PG_MAJOR}/extension/pg_launchpad.control /share/extension/
COPY --from=image /usr/share/postgresql/${PG_MAJOR}/extension/pg_launchpad--*.sql /share/extension/
