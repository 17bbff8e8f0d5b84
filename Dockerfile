# The image holds the bundle alone: no package manager, no shell, no node_modules.
FROM docker.io/library/node:24-trixie-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build

FROM gcr.io/distroless/nodejs24-debian13:nonroot
LABEL org.opencontainers.image.title="tekton-approvals" \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=build /src/dist/main.mjs /src/dist/main.mjs.map /src/dist/THIRD_PARTY_LICENSES.txt /src/LICENSE ./
USER 65532:65532
EXPOSE 8090 8091 8092
ENV NODE_ENV=production
# The base image's entry point is node. A pod overrides exactly this.
CMD ["--max-semi-space-size=4", "/app/main.mjs"]
