# Mesher in a container: docs/container.md says how to run it. The server and the dashboard are built in the first
# stage, the packages that they need at run time come from the lock file in the second, and the image has nothing else.
ARG NODE_IMAGE=docker.io/library/node:22-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /source
COPY package.json package-lock.json ./
COPY web/package.json web/
RUN npm ci --no-audit --no-fund
COPY . .
# The same files as in the package for npm.
RUN npm run build \
  && mkdir /package \
  && npm pack --ignore-scripts --silent --pack-destination /tmp \
  && tar -xzf /tmp/mesher-*.tgz -C /package --strip-components=1 \
  && chmod 755 /package/dist/bin/mesher.js

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json ./
COPY web/package.json web/
RUN npm ci --omit=dev --workspaces=false --no-audit --no-fund

FROM ${NODE_IMAGE}
# nss_wrapper gives a name to the user ids that platforms choose: PostgreSQL asks for one. tini is the first process.
RUN apt-get update \
  && apt-get install -y --no-install-recommends libnss-wrapper tini \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY --from=build /package ./
RUN ln -s /app/dist/bin/mesher.js /usr/local/bin/mesher \
  && mkdir /data && chown 10001:0 /data && chmod 770 /data

ENV NODE_ENV=production MESHER_DATA=/data
# Any other id works too, in the group 0 or with a volume of its own.
USER 10001:0
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# Alive, not ready: a server whose database is away spools events, and must not be restarted for that.
HEALTHCHECK --interval=15s --timeout=5s --start-period=2m --retries=3 CMD ["node", "-e", \
  "fetch(`http://127.0.0.1:${process.env.MESHER_PORT || 8080}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--", "mesher"]
CMD ["start"]
