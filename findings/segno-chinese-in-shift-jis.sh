#!/bin/sh
# segno: Chinese words whose characters exist in Shift_JIS are written in Shift_JIS without an ECI, also in byte mode.
#
# Version: segno 1.6.6, read back by zxing-cpp 3.1.1, both from PyPI.
# Behaviour: with default arguments a text that does not fit ISO 8859-1 is tried in Shift_JIS before UTF-8. So the words choose the
#   encoding: a link with 学生 (student) in its path holds Shift_JIS bytes in byte mode, the same link with 图书馆 (library) UTF-8.
#   No ECI says so. A word alone (大学) goes into Kanji mode.
# Why it matters: the documentation of `encoding` in segno.make() names ISO 8859-1 and then UTF-8 only. A reader that takes such bytes
#   for UTF-8 or GBK shows other characters, and one that compares links byte by byte does not know its own.
#   Pass `encoding="utf-8"` to be sure.
# Source: segno/encoder.py, data_to_bytes(): "Try Kanji / Shift_JIS".
# Output seen:
#   https://school.example/学生: byte, 8a7790b6
#   https://school.example/图书馆: byte, e59bbee4b9a6e9a686
#   大学: kanji, 91e58a77
#   https://school.example/学生 with encoding="utf-8": byte, e5ada6e7949f
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q segno==1.6.6 zxing-cpp==3.1.1 pillow==13.0.0
PYTHONIOENCODING=utf-8 "$folder/venv/bin/python" - <<'PYTHON'
import io

import segno
import zxingcpp
from PIL import Image

LINK = "https://school.example/"


def seen(text, **options):
    """Returns the mode in which segno writes a text, and the bytes after the link's beginning that a reader gets."""
    code = segno.make_qr(text, **options)
    file = io.BytesIO()
    code.save(file, kind="png", scale=5, border=4)
    (read,) = zxingcpp.read_barcodes(Image.open(file).convert("L"))
    assert read.symbology_identifier == "]Q1", "an ECI would make it ]Q2"
    said = read.bytes.removeprefix(LINK.encode()).hex()
    shown = "".join(f' with {name}="{value}"' for name, value in options.items())
    print(f"{text}{shown}: {code.mode}, {said}")
    return code.mode, said


def hexadecimal(text, encoding):
    return text.encode(encoding).hex()


assert seen(LINK + "学生") == ("byte", hexadecimal("学生", "shift_jis"))
assert seen(LINK + "图书馆") == ("byte", hexadecimal("图书馆", "utf-8"))
assert seen("大学") == ("kanji", hexadecimal("大学", "shift_jis"))
assert seen(LINK + "学生", encoding="utf-8") == ("byte", hexadecimal("学生", "utf-8"))
PYTHON
