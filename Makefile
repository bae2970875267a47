# Everything a developer does by hand. `make run` and `make test` need nothing
# installed beforehand but Go: what tests need besides, they install.

GO ?= go
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.7.0

# Binaries are static: no C anywhere.
export CGO_ENABLED = 0

.PHONY: all run test test-python needs soak generate check bench build clean

all: generate test

# The gateway on its embedded defaults.
run: build
	bin/gateway serve

# Every test, with reduced and seeded counts. Tests in Go run what those of the
# other languages install.
test: needs build
	$(MAKE) test-typescript
	$(MAKE) test-python
	$(GO) test ./...
	$(MAKE) test-whatsapp
	$(MAKE) race
	$(MAKE) fuzz FUZZTIME=5s

# The Python client, in virtual environments that this makes.
test-python:
	tools/test-python.sh

needs:
	tools/needs.sh

# The TypeScript client: declarations, types, lint, and its tests against the
# gateway and in a browser. node_modules is made anew when the lockfile changed.
TYPESCRIPT = client/typescript
.PHONY: test-typescript
test-typescript: needs build $(TYPESCRIPT)/node_modules/.package-lock.json
	cd $(TYPESCRIPT) && npm run check && npm test

$(TYPESCRIPT)/node_modules/.package-lock.json: $(TYPESCRIPT)/package-lock.json
	cd $(TYPESCRIPT) && npm ci --ignore-scripts

# The channel to WhatsApp, which is built in on demand only.
.PHONY: test-whatsapp
test-whatsapp:
	$(GO) test -tags whatsapp ./internal/channels/whatsapp/...
	$(GO) test -tags whatsapp -run 'WhatsApp|TestLogin' ./internal/app ./cmd/gateway
	CGO_ENABLED=1 $(GO) test -race -tags whatsapp ./internal/channels/whatsapp

# The race detector is the one thing that needs cgo.
.PHONY: race
race:
	CGO_ENABLED=1 $(GO) test -race ./protocol/wire/... ./server/... ./client/... ./internal/...

# Each fuzz target for a moment; go test runs one target a call.
FUZZTIME ?= 5s
.PHONY: fuzz
fuzz:
	$(GO) run ./tools/fuzz -time $(FUZZTIME)

# The full counts.
soak:
	GATESMITH_SOAK=1 $(GO) test -timeout 60m ./...
	$(MAKE) fuzz FUZZTIME=30s

# Everything that comes from the schema folder.
generate:
	$(GO) generate ./...

# What .ci/run adds to the tests.
check:
	@fmt=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$fmt" || { echo "not gofmt'd:"; echo "$$fmt"; exit 1; }
	$(GO) vet ./...
	$(GO) vet -tags whatsapp ./internal/channels/whatsapp/... ./internal/app ./cmd/gateway
	$(GO) run $(STATICCHECK) ./...
	$(GO) run $(STATICCHECK) -tags whatsapp ./internal/channels/whatsapp/... ./internal/app ./cmd/gateway
	$(GO) run ./cmd/gatesmith fmt --check
	$(GO) run ./cmd/gatesmith generate --check
	$(GO) mod tidy -diff
	$(MAKE) breaking

# Changes of the protocol since the last release that clients have to follow.
.PHONY: breaking
breaking:
	@tag=$$(git describe --tags --abbrev=0 --match 'v[0-9]*' 2>/dev/null); \
	if [ -z "$$tag" ]; then echo "breaking: no release yet, nothing to compare with"; \
	else $(GO) run ./cmd/gatesmith breaking --against "$$tag"; fi

# The figures of docs/performance.md; with node, its peers too.
bench:
	$(GO) run ./tools/bench/report

build:
	$(GO) build -o bin/ ./cmd/...

# Whether both programs compile for every system that they run on.
PLATFORMS = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
.PHONY: cross
cross:
	@for p in $(PLATFORMS); do echo "build for $$p"; GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build ./cmd/... || exit 1; done

clean:
	rm -rf bin $(TYPESCRIPT)/.build $(TYPESCRIPT)/node_modules
	rm -rf bin client/python/.venv
