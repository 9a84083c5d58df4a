# syntax=docker/dockerfile:1
# The server and the workers: `docker run IMAGE serve`, `docker run IMAGE worker`.

FROM node:24.21-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# `npm install` because the lock names optional packages of the platform it was written on only; `npm ci` asks for all.
# The node of the image is used, so the one from npm is left out.
RUN npm install --omit=dev --no-audit --no-fund && rm -rf node_modules/node-linux-* node_modules/.bin/node

FROM node:24.21-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json LICENSE ./
COPY bin bin
COPY src src
COPY workers workers
COPY deploy/entrypoint.sh deploy/health.sh deploy/make-secrets.sh deploy/
# A volume that is mounted on one of these takes its owner from here.
RUN install -d -o node -g node -m 0700 /var/lib/sluice \
  && install -d -o node -g node -m 0755 /secrets /secrets/postgres /secrets/redis \
    /secrets/registry /secrets/sluice
USER node
ENV SLUICE_DATA_DIR=/var/lib/sluice SLUICE_LISTEN=0.0.0.0:8443 SLUICE_LOG_FORMAT=json NODE_COMPILE_CACHE=/tmp/compile
VOLUME /var/lib/sluice
EXPOSE 8443
ENTRYPOINT ["/app/deploy/entrypoint.sh"]
CMD ["serve"]
