#!/bin/sh
# cargo: the resolved graph of `cargo metadata` holds packages that no build of the same features for the same target ever compiles.
#
# Version: cargo 1.95.0, edition 2024 (feature resolver 3); eframe 0.37.0 with the features glow and x11 only.
# Behaviour: `cargo tree` and `cargo build` leave wgpu out. `cargo metadata --filter-platform` for this target lists it in "resolve", with
#   everything below it: metadata resolves features once for all targets together, so what only another target turns on is on here too.
# Why it matters: parts lists (SBOM), licence and advisory tools are built on cargo metadata, cargo-cyclonedx 0.5.9 among them. They name
#   what is not shipped, and an advisory about it looks like a hole of the product.
# Source: `cargo help metadata` ("resolve"), https://doc.rust-lang.org/cargo/reference/resolver.html
# Output seen:
#   cargo 1.95.0
#   built for this target: 0 packages named wgpu
#   listed for this target: 1 package named wgpu
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
echo 'fn main() {}' >src/main.rs
cat >Cargo.toml <<'TOML'
[package]
name = "parts"
version = "0.1.0"
edition = "2024"

[dependencies]
eframe = { version = "=0.37.0", default-features = false, features = ["glow", "x11"] }
TOML
cargo +1.95.0 --version | cut -d ' ' -f 1,2
target=x86_64-unknown-linux-gnu
cargo +1.95.0 tree --quiet --target "$target" --edges normal,build --prefix none --format '{p}' >built
cargo +1.95.0 metadata --quiet --format-version 1 --filter-platform "$target" >metadata
python3 - >listed <<'PYTHON'
import json

metadata = json.load(open("metadata"))
names = {package["id"]: package["name"] for package in metadata["packages"]}
print("\n".join(sorted(names[node["id"]] for node in metadata["resolve"]["nodes"])))
PYTHON
built=$(grep -c '^wgpu v' built || true)
listed=$(grep -c '^wgpu$' listed || true)
echo "built for this target: $built packages named wgpu"
echo "listed for this target: $listed package named wgpu"
[ "$built" = 0 ] && [ "$listed" = 1 ]
