# A static binary in an empty image, run by a user without rights. docs/operate.md
# says how to build and run it.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/gateway ./cmd/gateway \
	&& mkdir -m 0700 /out/state

FROM scratch
# Model providers and channels are reached over TLS.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/gateway /gateway
COPY --from=build --chown=65532:65532 /out/state /state
USER 65532:65532
WORKDIR /state
VOLUME /state
# The configuration is /state/gatesmith/gateway.json5.
ENV HOME=/state GATEWAY_STATE_DIR=/state XDG_CONFIG_HOME=/state
EXPOSE 18789
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["/gateway", "health", "--timeout", "4s"]
ENTRYPOINT ["/gateway"]
# The container's loopback is reached by nobody, so it listens on its network;
# publish the port on the host's loopback, or put a proxy with TLS before it.
CMD ["serve", "--bind", "lan", "--plaintext"]
