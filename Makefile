# Two commands do everything: `make demo` and `make test`. See the README.
.PHONY: demo test check setup bench pictures

demo: setup
	cargo run --quiet -- demo $(ARGS)

# Doctests first, so that the run closes on the test runner's own summary.
test: setup
	cargo test --quiet --doc
	cargo test --lib --bins --tests

check: setup
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items --quiet
	@command -v cargo-deny >/dev/null || cargo install --locked --quiet cargo-deny
	cargo deny --all-features check bans licenses sources

setup:
	@packaging/setup.sh

# Every number of docs/benchmarks.md.
bench: setup
	cargo bench --bench analysis --bench portrait --bench outbox

# The README's pictures, from the real screens.
pictures: setup
	cargo run --quiet -- demo --headless --out target/demo
	cp target/demo/screens/*.png target/demo/portrait.jpg target/demo/original.jpg docs/screens/
