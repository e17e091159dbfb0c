#!/usr/bin/env bash
# Tags the current commit as release VERSION, with its section of CHANGELOG.md as the tag's message.
# It refuses where the tag would not say what is in the commit, and changes nothing then.
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?"usage: make release-tag VERSION=x.y.z"}

fail() { echo "tag: $*" >&2; exit 1; }

[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "$version is not of the form x.y.z"
[ -z "$(git status --porcelain)" ] || fail "the working tree has changes: commit or stash them first"

cargo_version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
[ "$version" = "$cargo_version" ] || fail "Cargo.toml says $cargo_version, not $version: change one of them"

! git rev-parse --quiet --verify "refs/tags/v$version" >/dev/null || fail "v$version is tagged already: choose the next version"

section=$(awk -v version="$version" '/^## /{inside = $2 == version && $3 ~ /^\([0-9]+-[0-9]+-[0-9]+\)$/} inside' CHANGELOG.md)
[ -n "$section" ] || fail "CHANGELOG.md has no section '## $version ($(date +%F))': rename 'Unreleased' to it and commit"

# Without `verbatim` git would take the section's headings for comments and drop them.
git tag --annotate --cleanup=verbatim --message "capture-station $version" --message "$section"$'\n' "v$version"
echo "tag: v$version is at $(git rev-parse --short HEAD); publish it with: git push origin v$version"
