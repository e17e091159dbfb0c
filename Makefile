# Two commands do everything: `make demo` and `make test`. See the README.
.PHONY: demo test deb test-package test-crash test-networks test-power test-window test-camera test-camera-guest test-camera-faults
.PHONY: test-all help fmt corpus day fuzz check advisories sbom setup release-tag
.PHONY: bench numbers faces peers matte jpeg codes delivery pictures screens

# A build that asks for examples, of which there are none, picks the same features of its dependencies as one for tests, and so shares them.
BUILD = cargo build --bins --examples
PROGRAM = $${CARGO_TARGET_DIR:-target}/debug/capture-station

# The first target, so that `make` alone is a help.
help: ## this list
	@awk -F ' ## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "  make %-15s %s\n", $$1, $$2 }' Makefile

demo: setup ## the kiosk with a synthetic sitter and a platform inside
	$(BUILD) --quiet
	$(PROGRAM) demo $(ARGS)

# Doctests first, so that the run closes on the test runner's own summary.
test: setup ## every test but the slow suites
	@test -e target/guest/initramfs || echo "SKIPPED: power cuts; make test-power makes the machine whose plug it pulls"
	cargo test --quiet --doc
	cargo test --lib --bins --tests

# The outbox stopped before each single system call that changes a file; `make test` stops at every sixth.
test-crash: setup ## the outbox stopped before each single system call
	CAPTURE_STATION_CRASH_STRIDE=1 cargo test --lib outbox::crash_points -- --nocapture

# A hundred thousand schedules of a bad network, simulated; `make test` plays a fifth of them.
test-networks: setup ## 100,000 schedules of a bad network
	cargo test --test networks -- --include-ignored --nocapture

# Power cuts: the program in a machine in a machine (qemu, Debian's stock kernel, no KVM), on a disk that forgets what was not
# flushed; then two machines without protection, which must be caught. The program is built as it is packaged. Five minutes;
# POWER_CUTS and POWER_SEED choose others.
test-power: setup ## power cuts in a virtual machine
	$(BUILD) --no-default-features
	packaging/guest.sh target/debug/capture-station
	cargo test --test power -- --include-ignored --nocapture --test-threads 1

# The Debian packages, into target/deb: the booth's program without sitter and platform, then the platform's. The first time half an hour.
deb: ## the Debian packages
	@packaging/setup.sh debhelper lintian
	cargo build --release --no-default-features --bin capture-station
	install -D $${CARGO_TARGET_DIR:-target}/release/capture-station target/programs/booth
	cargo build --release --no-default-features --features reference --bin capture-station
	install -D $${CARGO_TARGET_DIR:-target}/release/capture-station target/programs/platform
	packaging/deb.sh target/programs/booth target/programs/platform
	lintian --fail-on warning target/deb/*.deb

# The packages on a Debian of their own, which boots in a container (systemd-nspawn, root): installed, enrolled, killed, hung, updated,
# removed. A few minutes; the first time it makes the Debian.
test-package: setup ## the packages installed, booted and removed in a container
	$(BUILD)
	packaging/booth-root.sh $(PROGRAM)
	cargo test --test package -- --include-ignored --nocapture --test-threads 1

# One whole visit in a real window under Xvfb, with a real pointer and real keys: two minutes.
test-window: ## one visit in a real window
	@packaging/setup.sh xvfb xdotool
	$(BUILD)
	cargo test --lib ui::window -- --include-ignored --nocapture

# Cameras: the kernel's own drivers (uvcvideo, vivid) in a machine in a machine, with a USB webcam made of software that is
# pulled out, stalls and lies; then a thousand faults of a scripted camera in a row (FAULTS chooses another number, CAMERAS the tests
# in the machine whose names begin with it).
FAULTS ?= 1000
test-camera: setup ## real camera drivers in a virtual machine, and faults
	cargo test --quiet --no-run --test cameras --test faults
	@$(MAKE) --no-print-directory -j2 --output-sync=target test-camera-guest test-camera-faults
test-camera-guest:
	cargo test --test cameras -- --ignored --nocapture cameras_on_real_drivers
test-camera-faults:
	FAULTS=$(FAULTS) cargo test --test faults -- --nocapture many_faults

# The sixty visits of a day at a booth, from good ones to an hour without the platform: a quarter of an hour.
day: setup ## the sixty visits of a day
	cargo test --test day -- --include-ignored --nocapture --test-threads 1 whole_day

# Each fuzz target with libFuzzer for FUZZ_SECONDS, from its corpus on; `make test` replays the corpora and mutants of them.
# Needs rustup's nightly, which it installs.
FUZZ_SECONDS ?= 60
fuzz: setup ## libFuzzer over the parsers of hostile input
	@rustup toolchain list | grep -q nightly || rustup toolchain install nightly --profile minimal
	@command -v cargo-fuzz >/dev/null || cargo install --locked --quiet cargo-fuzz
	for target in code tail jws documents pipe jpeg archive; do \
		cargo +nightly fuzz run $$target -- -max_total_time=$(FUZZ_SECONDS) -max_len=8192 || exit 1; done

# The seeds of the fuzz targets, written again from today's formats.
corpus: setup ## write the fuzz targets' seeds again
	cargo test --test fuzz -- --ignored

# One after the other, slowest last: about two hours.
test-all: check test test-crash test-networks test-package test-window test-camera test-power fuzz day ## all of that, and every slow suite

fmt: ## format, and wrap comments at 100 columns
	cargo fmt
	@rustup run nightly rustfmt --version >/dev/null 2>&1 || rustup toolchain install nightly --profile minimal --component rustfmt
	cargo +nightly fmt -- --config wrap_comments=true,comment_width=100

# Unoptimised, which takes a third of the time to build and is quick enough.
HAVE_DENY = @command -v cargo-deny >/dev/null || cargo install --locked --quiet --debug cargo-deny

# Known holes of what this is built on, where the database can be reached.
advisories: setup ## known holes of the dependencies
	$(HAVE_DENY)
	@timeout 60 cargo deny --all-features fetch db 2>/dev/null || { echo "SKIPPED: the advisory database cannot be reached"; exit 0; }; \
		cargo deny --all-features check advisories

# What the packaged program is made of, as CycloneDX. It names some crates that are never built:
# findings/cargo-metadata-names-what-is-never-built.sh.
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

# Our own code optimised as in a release, the rest as development builds have it, so that nothing is built twice.
OURS_FAST = --config profile.dev.package.capture-station.opt-level=3

# Every number of docs/benchmarks.md.
bench: setup ## the time of each step of a frame and a portrait
	cargo bench --bench analysis --bench portrait --bench camera

# The portrait's tables over thousands of synthetic sittings, into docs/benchmarks.md: three quarters of an hour on two free cores.
# NUMBERS="--people 100 --faults 10" for a quick look.
numbers: setup ## the portrait's tables, over thousands of synthetic sittings
	cargo bench --profile dev $(OURS_FAST) --bench trial -- $(NUMBERS) --write docs/benchmarks.md

# The checks on labelled photographs of real people, which never enter the project: FACES names their folder (labels.csv, img/).
faces: setup ## the checks on labelled photographs (FACES=FOLDER)
	cargo bench --profile dev --bench faces -- $(if $(FACES),$(abspath $(FACES)) --write docs/benchmarks.md)

# A frame while framing beside MediaPipe's Python FaceMesh and selfie mask (pinned, in a Python of its own under target/), on one core and
# the same frames, into docs/benchmarks.md; FACES names a folder of photographs to look at too.
peers: setup ## a frame beside MediaPipe
	@test -x target/mediapipe/bin/python || (python3 -m venv target/mediapipe && target/mediapipe/bin/pip install --quiet mediapipe==0.10.21) || (rm -rf target/mediapipe; echo "SKIPPED: MediaPipe 0.10.21 cannot be installed here")
	cargo bench --profile dev $(OURS_FAST) --bench peers -- $(if $(FACES),$(abspath $(FACES))) --write docs/benchmarks.md

# How near a replaced backdrop comes to the truth, beside the guided filter and GrabCut (OpenCV, in a Python of its own under target/).
matte: setup ## replaced backdrops beside GrabCut
	@test -x target/cv/bin/python || (python3 -m venv target/cv && target/cv/bin/pip install --quiet opencv-python-headless numpy) || echo "SKIPPED: GrabCut, there is no OpenCV"
	cargo bench --profile dev $(OURS_FAST) --bench matte

# What the encoding is worth by SSIMULACRA2.
jpeg: setup ## what the encoding is worth
	cargo bench --profile dev $(OURS_FAST) --features ssimulacra2 --bench jpeg

# How many codes are read, beside zxing-cpp, rxing and rqrr, on made scenes; a few minutes.
codes: setup ## QR codes beside other readers
	cargo bench --profile dev $(OURS_FAST) --config profile.dev.package.rxing.opt-level=3 --config profile.dev.package.rqrr.opt-level=3 --bench codes

# What a student waits for "saved" and how fast a queue empties, into docs/benchmarks.md: a release build, then some minutes and 3 GB of
# the temporary folder.
delivery: setup ## saving and delivering, beside a plain client
	cargo bench --bench delivery -- $(DELIVERY) --write docs/benchmarks.md

# Every screen with made-up people, both languages, both shapes, a sheet each, into docs/screens.
screens: setup ## every screen on a sheet each, into docs/screens
	cargo test --lib -- --ignored ui::tests::every_screen_on_one_sheet

# The README's pictures, from the real screens.
pictures: setup ## the README's pictures
	$(BUILD) --quiet
	$(PROGRAM) demo --headless --out target/demo
	cp target/demo/screens/*.png target/demo/portrait.jpg target/demo/original.jpg docs/screens/
