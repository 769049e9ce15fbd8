# Pakka itself in a container: what docker/compose.yaml runs. From a checkout that was built (npm ci && npm run build):
#
#     docker build -f docker/harness.Dockerfile -t pakka/harness .
#
# The base image needs npm, and the build a package registry; behind a private one, pass its address as NPM_REGISTRY.
ARG BASE_IMAGE=node:22-slim
FROM ${BASE_IMAGE} AS dependencies
ARG NPM_REGISTRY
WORKDIR /opt/pakka
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund ${NPM_REGISTRY:+--registry "$NPM_REGISTRY"}

FROM ${BASE_IMAGE}
# A volume takes over the owner of the folder that it is mounted on.
RUN mkdir -p /runs /work && chown 10001:10001 /runs
ENV NODE_ENV=production HOME=/tmp
WORKDIR /opt/pakka
COPY --from=dependencies /opt/pakka/node_modules/ ./node_modules/
COPY package.json ./
COPY dist/ ./dist/
COPY scenarios/ ./scenarios/

WORKDIR /work
USER 10001:10001
ENTRYPOINT ["node", "/opt/pakka/dist/cli/main.js"]
CMD ["run", "/opt/pakka/scenarios/library", "--out", "/runs"]
