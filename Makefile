# hoptt: `make serve` starts it, `make test` tests it; `make` alone lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export PATH := $(CURDIR)/.venv/bin:$(PATH)

PORT ?= 8080
STEP := scripts/step
BIN := .venv/bin
STAMPS := .stamps

PAGE_SOURCES = $(shell find web -path web/node_modules -prune -o -path web/build -prune -o -path web/.svelte-kit -prune \
	-o -path web/src/lib/paraglide -prune -o -path web/e2e -prune -o -path web/test-results -prune -o -type f -print 2>/dev/null)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# ---- what is built -------------------------------------------------------------------------------

.PHONY: need-serve need-test
need-serve:
	@scripts/need serve
need-test:
	@scripts/need test

$(STAMPS)/venv: pyproject.toml requirements.lock scripts/venv hatch_build.py
	@mkdir -p $(STAMPS)
	@$(STEP) 'Python environment in .venv' scripts/venv
	@touch $@

$(STAMPS)/npm: web/package.json web/package-lock.json $(STAMPS)/venv
	@$(STEP) 'page tools (npm ci)' npm ci --prefix web --no-audit --no-fund
	@touch $@

$(STAMPS)/page: $(STAMPS)/npm $(PAGE_SOURCES)
	@$(STEP) 'page' scripts/page
	@touch $@

.PHONY: venv page engine build
venv: need-serve $(STAMPS)/venv ## make or refresh the Python environment (.venv)
page: need-serve $(STAMPS)/page ## build the page into src/hoptt/page
engine: need-serve ## build the media engine (release)
	@$(STEP) 'media engine (cargo, release)' cargo build --release --locked --manifest-path media/Cargo.toml --bin hoptt-media
	@if [ -d $(BIN) ]; then install -m755 media/target/release/hoptt-media $(BIN)/; fi
# Not for serving: unoptimized, like the tests beside which they are compiled. The engine of the two panics when a datagram
# wishes for it (F3). `make bench-programs` puts the load generator's fast form in its place.
.PHONY: test-programs
test-programs: need-serve
	@$(STEP) 'load generator, bare path, switches for a decoder, and an engine with a fault on demand' cargo build --locked \
		--manifest-path media/Cargo.toml -p hoptt-load -p hoptt-floor -p hoptt-sim -p hoptt-io --bins --features hoptt-io/fault
	@install -m755 media/target/debug/hoptt-media $(BIN)/hoptt-media-with-fault
	@install -m755 media/target/debug/hoptt-load media/target/debug/hoptt-switches $(BIN)/
# cargo is the long pole: it runs beside the environment and the page.
build: need-serve ## build everything that serving needs
	@$(MAKE) -j2 --output-sync=line engine $(STAMPS)/page
	@install -m755 media/target/release/hoptt-media $(BIN)/

# ---- running -------------------------------------------------------------------------------------

.PHONY: serve
serve: build ## build what is missing and serve a demo room (PORT=8080)
	@HOPTT__HTTP__LISTEN=127.0.0.1:$(PORT) exec $(BIN)/hoptt serve --demo

.PHONY: bots
bots: build ## bring six synthetic participants into the demo room of a running server
	@$(BIN)/hoptt bots --room duan --count 6 --url http://127.0.0.1:$(PORT)

# ---- looking after the code ----------------------------------------------------------------------

.PHONY: fmt check check-python check-rust check-page
fmt: $(STAMPS)/npm ## format everything
	@$(BIN)/ruff format -q . && $(BIN)/ruff check -q --fix .
	@cargo fmt --manifest-path media/Cargo.toml --all
	@npm run --prefix web --silent format
check: need-serve $(STAMPS)/npm ## format, lint, types and import rules in three languages
	@$(MAKE) -j2 --output-sync=line check-rust check-page check-python
check-python: $(STAMPS)/venv
	@$(STEP) 'Python: format and lint' bash -c '$(BIN)/ruff format --check . && $(BIN)/ruff check .'
	@$(STEP) 'Python: types' $(BIN)/mypy
	@$(STEP) 'Python: imports go down the house' $(BIN)/lint-imports
	@$(STEP) 'Python: the lock is that of pyproject.toml' scripts/lock --check
check-rust: need-serve
	@$(STEP) 'Rust: format' cargo fmt --manifest-path media/Cargo.toml --all --check
	@$(STEP) 'Rust: clippy' cargo clippy --manifest-path media/Cargo.toml --workspace --all-targets --locked -- -D warnings
check-page: $(STAMPS)/npm
	@$(STEP) 'page: types' npm run --prefix web check
	@$(STEP) 'page: lint and format' npm run --prefix web lint

# ---- tests ---------------------------------------------------------------------------------------

STARTED := $(shell date +%s)
.PHONY: test test-rest test-build test-page-built test-idle test-of-rust test-of-texts test-rust test-python \
	test-untimed test-timed test-forty test-page test-gallery test-stories test-stories-rest \
	test-surfaces test-bytes test-bytes-beside test-random test-switches
test: need-test ## build what is missing and test every rule
	@$(MAKE) -j2 --output-sync=line test-build test-page-built
	@$(MAKE) -j2 --output-sync=line test-timed test-idle
	@$(MAKE) test-untimed test-stories
	@echo "→ all green after $$(( ($$(date +%s) - $(STARTED)) / 60 )) min"
test-rest: need-test build test-programs ## what takes long and seldom breaks: every story and picture, bad input by the ten thousand
	@$(MAKE) test-gallery
	@$(MAKE) -j2 --output-sync=line test-stories-rest test-bytes-beside
	@$(MAKE) test-random
	@$(MAKE) -j2 --output-sync=line test-switches instructions
	@$(MAKE) test-forty
	@echo "→ the rest is green after $$(( ($$(date +%s) - $(STARTED)) / 60 )) min"
# Cargo is one row of work, the page the other: a core for each.
test-build: engine test-programs
test-page-built: page test-page
# What promises a time has nothing of equal rank beside it. It mostly waits: what can wait itself is done meanwhile, by
# whatever time of a core is left over.
test-idle: $(STAMPS)/page
	@env -u MAKEFLAGS -u MFLAGS chrt --idle 0 $(MAKE) --no-print-directory -j2 --output-sync=line test-of-rust test-of-texts
test-of-rust: check-rust
	@$(MAKE) test-rust
test-of-texts: check-python check-page
test-rust: need-serve ## unit, property and simulation tests of the engine
	@$(STEP) 'Rust: build the tests' cargo test --manifest-path media/Cargo.toml --workspace --locked --no-run
	@env -u MAKEFLAGS -u MFLAGS cargo test --manifest-path media/Cargo.toml --workspace --locked -q # make's job server is not for it
TIMED := tests/faults $(addprefix tests/integration/test_,engine_media.py engine_tcp.py floor_gates.py)
test-python: build test-programs ## rules, doors, store, and integration with the real engine
	@$(MAKE) test-untimed test-timed
test-untimed:
	@$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(addprefix --ignore=,$(TIMED))
test-timed:
	@$(BIN)/pytest $(TIMED)
test-page: $(STAMPS)/page ## unit tests and size gate of the page
	@npm run --prefix web --silent test
	@$(STEP) 'page: size gate' npm run --prefix web size
test-stories: ## the main stories in Chromium and Firefox, of what was built
	@HOPTT_STORIES=main scripts/netns npm run --prefix web --silent stories
test-stories-rest:
	@HOPTT_STORIES=rest scripts/netns npm run --prefix web --silent stories
test-gallery: $(STAMPS)/page ## photograph every state at one size
	@npm run --prefix web --silent gallery
# Half of the seconds, steps and requests that a release takes, with fixed seeds where there are seeds.
RANDOM_INPUT := $(addprefix tests/,signaling/test_random_pages.py signaling/test_incoming.py api/test_description.py \
	api/test_random_paths.py config/test_random_files.py sfu/sdp/test_mutations.py auth/test_tokens.py meeting/test_names.py)
test-surfaces: test-bytes test-random ## what comes from outside, at random: bytes, pages, REST requests
test-bytes: need-test
	@scripts/fuzz 30 2
# Stories wait for lines and clocks most of the time; fuzzing, which counts seconds, takes what is left over. What gets no
# core for some seconds does not hang.
test-bytes-beside:
	@env -u MAKEFLAGS -u MFLAGS HANG=15 nice -n 19 scripts/fuzz 30 2
test-random: build
	@HOPTT_STORIES=420 HOPTT_REQUESTS=140 HOPTT_TIMES=15 $(BIN)/pytest -n 2 --hypothesis-seed=1 --dist worksteal $(RANDOM_INPUT)
test-switches: test-programs $(STAMPS)/venv ## ten thousand random switches in four codecs, each picture decoded (Q10)
	@HOPTT_SWITCHES=10000 $(BIN)/pytest tests/integration/test_switches_decoded.py
test-forty: build test-programs ## forty bridge points in pictures and sound, for three minutes (L1; half an hour: make loads)
	@HOPTT_FAULTS=long HOPTT_LOAD_MINUTES=3 scripts/netns $(BIN)/pytest tests/faults/test_media_loads.py -k L1
.PHONY: e2e
e2e: build test-programs ## stories in Chromium and Firefox, screens photographed
	@$(MAKE) test-gallery test-stories test-stories-rest
.PHONY: gallery
gallery: $(STAMPS)/page ## photograph every state at every size (GALLERY=looks: at one, in every theme and language; full: all in all)
	@GALLERY=$(or $(GALLERY),sizes) npx --prefix web playwright test -c web --project=gallery
.PHONY: stories
stories: need-test build test-programs ## every story in browsers, the long ones too (ONLY=R17)
	@HOPTT_STORIES=every scripts/netns npx --prefix web playwright test -c web --project=stories --workers=1 $(if $(ONLY),-g '$(ONLY)')

# On demand: Pion needs Go, and all of it takes minutes.
.PHONY: interop
interop: need-test build test-programs ## WebRTC stacks of others in every combination they can do; writes docs/interop.md (needs Go)
	@$(BIN)/python -m tests.interop.results begin
	@HOPTT_INTEROP=1 $(BIN)/pytest tests/interop
	@HOPTT_STORIES=every HOPTT_INTEROP=$(CURDIR)/.stamps/interop.json scripts/netns \
		npx --prefix web playwright test -c web --project=stories --workers=1 e2e/whip.spec.ts
	@$(BIN)/python -m tests.interop.results

# ---- measuring -----------------------------------------------------------------------------------

.PHONY: bench bench-programs bench-publish
bench-programs: need-serve
	@$(STEP) 'load generator and bare path (cargo, release)' cargo build --release --locked --manifest-path media/Cargo.toml \
		-p hoptt-load -p hoptt-floor
	@if [ -d $(BIN) ]; then install -m755 media/target/release/hoptt-load $(BIN)/; fi
bench: build bench-programs ## measure the media path against the bare path (QUICK=1, W=W1,W3-300, ROUNDS=3)
	@$(BIN)/python -m benchmarks run $(if $(QUICK),--quick) $(if $(W),--workloads $(W)) $(if $(ROUNDS),--rounds $(ROUNDS)) \
		$(if $(OFFLOAD),--offload) $(if $(TIMES),--times $(TIMES)) $(if $(ONCE),--once)
bench-publish: $(STAMPS)/venv ## make docs/performance.md of a result (FILE=benchmarks/results/….json)
	@$(BIN)/python -m benchmarks publish $(FILE)

.PHONY: bench-joins bench-latency bench-layers bench-memory bench-calls scaling
bench-joins: build bench-programs ## W7: what coming in costs at 10, 50 and 100 joins a second, and whether all is given back
	@$(BIN)/python -m benchmarks joins
bench-latency: build bench-programs ## what hoptt adds to a packet's latency, beside a reflector
	@$(BIN)/python -m benchmarks latency
bench-layers: build bench-programs ## W4: how soon a picture is there in another size, and what that asks of its publisher
	@$(BIN)/python -m benchmarks layers
bench-memory: build bench-programs ## what a listener, a viewer and a publisher of three layers hold of the engine's memory
	@$(BIN)/python -m benchmarks memory
bench-calls: build bench-programs ## W9: whether 1,000 API calls a second reach the media path
	@$(BIN)/python -m benchmarks calls
scaling: build bench-programs ## measure what participants cost as meetings grow, and write docs/scaling.md
	@$(BIN)/python -m benchmarks scaling

.PHONY: bench-join
bench-join: need-test build ## measure 60 joins in a browser: click to first frame, part by part (JOINS=60)
	@scripts/netns npm run --prefix web --silent bench

# Instructions do not care what else the machine does: part of `make test-rest`.
.PHONY: instructions
instructions: need-test $(STAMPS)/venv ## count what a packet costs, and compare with its budget (KEEP=1: make that the budget)
	@$(STEP) 'a trace through the core (cargo, release)' cargo build --release --locked --manifest-path media/Cargo.toml \
		-p hoptt-instructions
	@$(STEP) 'instructions of a packet are within their budgets' $(BIN)/python -m benchmarks.instructions $(if $(KEEP),--keep)

MINUTES ?= 30
RUNS ?= 20
SEED ?= 1
.PHONY: faults faults-publish
faults: need-test build test-programs bench-programs ## break it in every way, many times, and keep the times (MINUTES=30, RUNS=20, SEED=1, ONLY=F25)
	@$(BIN)/python -m benchmarks.faults run --minutes $(MINUTES) --runs $(RUNS) --seed $(SEED) $(if $(ONLY),--only $(ONLY))
.PHONY: loads
loads: need-test build bench-programs ## bring the loads L1 to L6 and L8 at full length (MINUTES=30 of L1 and L6, ONLY=L1)
	@scripts/netns $(BIN)/python -m benchmarks.faults loads --minutes $(MINUTES) $(if $(ONLY),--only $(ONLY))
faults-publish: $(STAMPS)/venv ## make docs/reliability.md of results (FILES=benchmarks/results/faults-….json)
	@$(BIN)/python -m benchmarks.faults publish $(FILES)

.PHONY: quality
quality: need-serve ## run the scenarios of what lines carry, and write docs/quality.md and its plots
	@$(STEP) 'quality scenarios in virtual time' cargo run -q --locked --manifest-path media/Cargo.toml -p hoptt-sim --example quality -- docs

.PHONY: crowd
crowd: need-serve ## five hundred in one simulated meeting, over one shard and over two, for a minute of its time
	@cargo run -q --locked --release --manifest-path media/Cargo.toml -p hoptt-sim --example crowd

.PHONY: quality-real
quality-real: need-test build ## the same with browsers on a line in real time, beside Chromium to Chromium (ONLY=Q2,Q7, ROUNDS=3)
	@ONLY='$(ONLY)' ROUNDS='$(ROUNDS)' scripts/netns npm run --prefix web --silent quality
	@$(BIN)/python -m benchmarks.quality publish

SECONDS ?= 60
.PHONY: fuzz
fuzz: need-test build ## fuzz what reads bytes from outside (SECONDS=60 for each target)
	@scripts/fuzz $(SECONDS)
	@$(STEP) 'pages that do anything, at random' env HOPTT_STORIES=$$(($(SECONDS) * 4)) $(BIN)/pytest tests/signaling/test_random_pages.py
	@$(STEP) 'REST requests, at random' env HOPTT_REQUESTS=$$(($(SECONDS) * 4)) $(BIN)/pytest tests/api/test_description.py
	@$(STEP) 'files, paths, names, messages and SDP, at random' env HOPTT_TIMES=$$(($(SECONDS) / 2)) $(BIN)/pytest $(RANDOM_INPUT)

.PHONY: prove-defences
prove-defences: need-test build ## take one defence after the other out of a copy and see its test go red (ONLY="S19 S26")
	@scripts/prove-defences $(ONLY)

.PHONY: clean
clean: ## remove what was built (not ./data)
	@rm -rf .venv $(STAMPS) media/target web/node_modules web/build web/.svelte-kit web/src/lib/paraglide src/hoptt/page \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
