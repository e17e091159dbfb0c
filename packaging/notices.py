#!/usr/bin/env python3
"""Prints the licences of the crates that a program is linked with, and their texts, each once.

Arguments are cargo's features, as the program was built with: `--no-default-features`. The texts
are those that the crates bring along; cargo must have fetched them.
"""

import json
import pathlib
import subprocess
import sys

PLATFORM = "x86_64-unknown-linux-gnu"
BEGINNINGS = ("license", "licence", "copying", "copyright", "notice", "unlicense")


def cargo(*words):
    return subprocess.run(["cargo", *words], check=True, capture_output=True, text=True).stdout


def linked(features):
    """Names and versions of what is linked, without what only builds it."""
    lines = cargo(
        "tree", "--locked", "--edges", "normal,no-proc-macro", "--target", PLATFORM,
        "--prefix", "none", "--format", "{p}", *features,
    ).splitlines()
    pairs = (line.split(" ")[:2] for line in lines if line)
    return {(name, version.removeprefix("v")) for name, version in pairs}


def texts_of(folder):
    files = (file for file in folder.iterdir() if file.is_file())
    return sorted(file for file in files if file.name.lower().startswith(BEGINNINGS))


def main(features):
    wanted = linked(features)
    packages = json.loads(cargo("metadata", "--locked", "--format-version", "1"))["packages"]
    ours = "capture-station"
    used = sorted(
        (one for one in packages if (one["name"], one["version"]) in wanted and one["name"] != ours),
        key=lambda one: (one["name"], one["version"]),
    )
    print(f"This program is linked with {len(used)} crates. Each stands here with its licence; the")
    print("texts that they bring along follow, each once.\n")
    texts = {}
    for one in used:
        name = f"{one['name']} {one['version']}"
        files = texts_of(pathlib.Path(one["manifest_path"]).parent)
        authors = ", ".join(one["authors"]) or "its authors"
        print(f"{name}: {one['license'] or 'see its text below'}{'' if files else f' (by {authors})'}")
        for file in files:
            text = file.read_text(encoding="utf-8", errors="replace").strip()
            texts.setdefault(text, []).append(name)
    for text, names in sorted(texts.items(), key=lambda pair: pair[1]):
        print(f"\n{'=' * 80}\n{', '.join(names)}\n{'=' * 80}\n\n{text}")


main(sys.argv[1:])
