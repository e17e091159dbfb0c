# Two commands do everything: `make demo` and `make test`. See the README.
.PHONY: demo test deb test-package test-crash test-networks test-power test-window test-camera test-camera-guest test-camera-faults
.PHONY: test-all help fmt corpus day fuzz check advisories sbom setup release-tag
.PHONY: bench numbers faces peers matte jpeg codes delivery pictures screens book book-pictures

# There are no examples. Asking for them selects the same features of the dependencies as a build
# for tests does, so that both builds share them.
BUILD = cargo build --bins --examples
PROGRAM = $${CARGO_TARGET_DIR:-target}/debug/capture-station

# The first target, so that `make` alone prints the help.
help: ## this list
	@awk -F ' ## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "  make %-15s %s\n", $$1, $$2 }' Makefile

demo: setup ## the kiosk with a synthetic sitter and a platform inside
	$(BUILD)
	$(PROGRAM) demo $(ARGS)

# Doctests run first, so that the output ends with the test runner's own summary.
test: setup ## every test but the slow suites
	@test -e target/guest/initramfs || echo "SKIPPED: power cuts; make test-power builds the virtual machine that they need"
	cargo test --quiet --doc
	cargo test --lib --bins --tests

# Stops the outbox before every system call that changes a file; `make test` stops at every ninth.
test-crash: setup ## the outbox stopped before every system call
	CAPTURE_STATION_CRASH_STRIDE=1 cargo test --lib outbox::crash_points -- --nocapture

# Simulates a hundred thousand schedules of a bad network; `make test` plays a fifth of them.
test-networks: setup ## 100,000 schedules of a bad network
	cargo test --test networks -- --include-ignored --nocapture

# Cuts the power of a virtual machine (qemu, Debian's stock kernel, no KVM) in which the program
# runs, on a disk that forgets all unflushed data. Then does the same to two machines without
# protection, where the test must find the loss. The program is built as it is packaged. Takes five
# minutes. POWER_CUTS and POWER_SEED choose other cuts.
test-power: setup ## power cuts in a virtual machine
	$(BUILD) --no-default-features
	packaging/guest.sh target/debug/capture-station
	cargo test --test power -- --include-ignored --nocapture --test-threads 1

# Makes the Debian packages in target/deb: the booth's program without sitter and platform, then the
# platform's. The first run takes half an hour.
deb: ## the Debian packages
	@packaging/setup.sh debhelper lintian
	cargo build --release --no-default-features --bin capture-station
	install -D $${CARGO_TARGET_DIR:-target}/release/capture-station target/programs/booth
	cargo build --release --no-default-features --features reference --bin capture-station
	install -D $${CARGO_TARGET_DIR:-target}/release/capture-station target/programs/platform
	packaging/deb.sh target/programs/booth target/programs/platform
	lintian --fail-on warning target/deb/*.deb

# Installs, enrols, kills, hangs, updates and removes the packages on a Debian system that boots in
# a container (systemd-nspawn, needs root). Takes a few minutes; the first run also creates that
# system.
test-package: setup ## the packages installed, booted and removed in a container
	$(BUILD)
	packaging/booth-root.sh $(PROGRAM)
	cargo test --test package -- --include-ignored --nocapture --test-threads 1

# Plays one whole visit in a real window under Xvfb, with a real pointer and real keys. Takes two
# minutes.
test-window: ## one visit in a real window
	@packaging/setup.sh xvfb xdotool
	$(BUILD)
	cargo test --lib ui::window -- --include-ignored --nocapture

# Tests the kernel's own drivers (uvcvideo, vivid) in a virtual machine, with a USB webcam made of
# software that is pulled out, stalls and sends garbage. Then plays a thousand faults of a scripted
# camera in a row. FAULTS chooses another number of faults; CAMERAS runs only the tests in the
# virtual machine whose names begin with it.
FAULTS ?= 1000
test-camera: setup ## real camera drivers in a virtual machine, and faults
	cargo test --quiet --no-run --test cameras --test faults
	@$(MAKE) --no-print-directory -j2 --output-sync=target test-camera-guest test-camera-faults
test-camera-guest:
	cargo test --test cameras -- --ignored --nocapture cameras_on_real_drivers
test-camera-faults:
	FAULTS=$(FAULTS) cargo test --test faults -- --nocapture many_faults

# Plays the sixty visits of a day at a booth, from good ones to an hour without the platform. Takes
# a quarter of an hour.
day: setup ## the sixty visits of a day
	cargo test --test day -- --include-ignored --nocapture --test-threads 1 whole_day

# Runs libFuzzer on each fuzz target for FUZZ_SECONDS, starting from its corpus; `make test` replays
# the corpora and mutants of them. Needs rustup's nightly toolchain and installs it.
FUZZ_SECONDS ?= 60
fuzz: setup ## libFuzzer over the parsers of hostile input
	@rustup toolchain list | grep -q nightly || rustup toolchain install nightly --profile minimal
	@command -v cargo-fuzz >/dev/null || cargo install --locked --quiet cargo-fuzz
	for target in code tail jws documents pipe jpeg picture archive; do \
		cargo +nightly fuzz run $$target -- -max_total_time=$(FUZZ_SECONDS) -max_len=8192 || exit 1; done

# Writes the seeds of the fuzz targets again, in today's formats.
corpus: setup ## write the fuzz targets' seeds again
	cargo test --test fuzz -- --ignored

# Runs them one after another, the slowest last. Takes about two hours.
test-all: check test test-crash test-networks test-package test-window test-camera test-power fuzz day ## check, test and every slow suite

fmt: ## format, and wrap comments at 100 columns
	cargo fmt
	@rustup run nightly rustfmt --version >/dev/null 2>&1 || rustup toolchain install nightly --profile minimal --component rustfmt
	cargo +nightly fmt -- --config wrap_comments=true,comment_width=100

# Built without optimisation: that takes a third of the time, and the result is fast enough.
HAVE_DENY = @command -v cargo-deny >/dev/null || cargo install --locked --quiet --debug cargo-deny

# Looks for known vulnerabilities of the dependencies, if the database can be reached.
advisories: setup ## known vulnerabilities of the dependencies
	$(HAVE_DENY)
	@timeout 60 cargo deny --all-features fetch db 2>/dev/null || { echo "SKIPPED: the advisory database cannot be reached"; exit 0; }; \
		cargo deny --all-features check advisories

# Lists the crates of the packaged program, as CycloneDX. The list has some crates that are never
# built: findings/cargo-metadata-names-what-is-never-built.sh shows why.
sbom: setup ## the packaged program's parts, as CycloneDX
	@command -v cargo-cyclonedx >/dev/null || cargo install --locked --quiet --debug cargo-cyclonedx
	cargo cyclonedx --quiet --no-default-features --format json --spec-version 1.5 --override-filename capture-station
	@mkdir -p target && mv capture-station.json target/capture-station.cdx.json && echo target/capture-station.cdx.json

# CONTRIBUTING.md describes a release. VERSION must be the one in Cargo.toml.
release-tag: ## tag this commit as a release (VERSION=x.y.z)
	@packaging/tag.sh $(VERSION)

check: setup ## formatting, lints, documentation, licences
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items --quiet --lib --examples
	$(HAVE_DENY)
	cargo deny --all-features check bans licenses sources

setup: ## install what is missing
	@packaging/setup.sh

# Optimises our own code as a release does and leaves the rest as in development builds, so that
# nothing is built twice.
OURS_FAST = --config profile.dev.package.capture-station.opt-level=3

# Measures each step of a frame and a portrait, for docs/benchmarks.md.
bench: setup ## the time of each step of a frame and a portrait
	cargo bench --bench analysis --bench portrait --bench camera

# Writes the portrait's tables, over thousands of synthetic sittings, into docs/benchmarks.md. Takes
# three quarters of an hour on two idle cores; NUMBERS="--people 100 --faults 10" gives a quick
# look.
numbers: setup ## the portrait's tables, over thousands of synthetic sittings
	cargo bench --profile dev $(OURS_FAST) --bench trial -- $(NUMBERS) --write docs/benchmarks.md

# Runs the checks on labelled photographs of real people. The photographs never enter the project:
# FACES names their folder (labels.csv, img/).
faces: setup ## the checks on labelled photographs (FACES=FOLDER)
	cargo bench --profile dev --bench faces -- $(if $(FACES),$(abspath $(FACES)) --write docs/benchmarks.md)

# Times the analysis of a frame beside MediaPipe's Python FaceMesh and selfie mask, on one core and
# on the same frames, and writes the result into docs/benchmarks.md. MediaPipe is pinned and gets a
# Python environment of its own in target/. FACES names a folder of photographs to analyse as well.
peers: setup ## a frame beside MediaPipe
	@test -x target/mediapipe/bin/python || (python3 -m venv target/mediapipe && target/mediapipe/bin/pip install --quiet mediapipe==0.10.21) || (rm -rf target/mediapipe; echo "SKIPPED: MediaPipe 0.10.21 cannot be installed here")
	cargo bench --profile dev $(OURS_FAST) --bench peers -- $(if $(FACES),$(abspath $(FACES))) --write docs/benchmarks.md

# Measures how close a replaced backdrop comes to the truth, beside the guided filter and GrabCut
# (OpenCV, in a Python environment of its own in target/).
matte: setup ## replaced backdrops beside GrabCut
	@test -x target/cv/bin/python || (python3 -m venv target/cv && target/cv/bin/pip install --quiet opencv-python-headless numpy) || echo "SKIPPED: GrabCut; OpenCV cannot be installed here"
	cargo bench --profile dev $(OURS_FAST) --bench matte

# Judges the encoding by SSIMULACRA2.
jpeg: setup ## the quality of the encoding
	cargo bench --profile dev $(OURS_FAST) --features ssimulacra2 --bench jpeg

# Counts the codes that are read in synthetic scenes, beside zxing-cpp, rxing and rqrr. Takes a few
# minutes.
codes: setup ## QR codes beside other readers
	cargo bench --profile dev $(OURS_FAST) --config profile.dev.package.rxing.opt-level=3 --config profile.dev.package.rqrr.opt-level=3 --bench codes

# Measures how long a student waits for "saved" and how fast a queue empties, and writes both into
# docs/benchmarks.md. Takes a release build, some minutes, and 3 GB of the temporary folder.
delivery: setup ## saving and delivering, beside a plain client
	cargo bench --bench delivery -- $(DELIVERY) --write docs/benchmarks.md

# Draws every screen with made-up people, one sheet for each language and shape, into docs/screens.
screens: setup ## every screen, a sheet for each language and shape
	cargo test --lib -- --ignored ui::tests::every_screen_on_one_sheet

# Takes the README's pictures from the real screens.
pictures: setup ## the README's pictures
	$(BUILD) --quiet
	$(PROGRAM) demo --headless --out target/demo
	cp target/demo/screens/*.png target/demo/portrait.jpg target/demo/original.jpg docs/screens/

# Builds the pages of docs into target/book/index.html. mdBook only prints its warnings, so any of
# them fails here. `make test` checks the pages' order, links and languages without mdBook.
book: ## the documents as a book, in target/book
	@[ "$$(mdbook --version 2>/dev/null)" = "mdbook v0.5.4" ] || cargo install --locked --quiet --debug --no-default-features --features search mdbook@0.5.4
	@mkdir -p target && mdbook build docs >target/book.log 2>&1 || { cat target/book.log; exit 1; }
	@! grep -E 'WARN|ERROR' target/book.log
	@echo target/book/index.html

# Draws the book's pictures of closed screens and staff pages again.
book-pictures: setup ## the book's pictures
	@mkdir -p docs/screens/book
	cargo test --lib -- --ignored ui::tests::the_book_s_pictures
