#!/bin/sh
# zxing-cpp: asking for `QRCode` alone also returns Micro QR codes.
#
# Version: zxing-cpp 3.1.1 from PyPI (the same in 3.0.0); the symbol is made by segno 1.6.6.
# Behaviour: since version 3 `BarcodeFormat.QRCode` names a family. `formats=QRCode` finds a Micro QR symbol, whose format reads
#   "Micro QR Code"; `formats=QRCodeModel2` does not.
# Why it matters: who asks for QR codes and takes every result for one gets short payloads from symbols that no one showed as QR
#   codes. Ask for `QRCodeModel2`, or look at each result's format.
# Source: core/src/BarcodeFormat.h of the release, where `QRCode` is the symbology and the others are its variants.
# Output seen:
#   formats=QRCode: [('20259', 'Micro QR Code')]
#   formats=QRCodeModel2: []
#   formats=MicroQRCode: [('20259', 'Micro QR Code')]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q zxing-cpp==3.1.1 segno==1.6.6 pillow==13.0.0
"$folder/venv/bin/python" - <<'PYTHON'
import io

import segno
import zxingcpp
from PIL import Image

file = io.BytesIO()
segno.make_micro("20259").save(file, kind="png", scale=5, border=4)
picture = Image.open(file).convert("L")

found = {}
for name in ["QRCode", "QRCodeModel2", "MicroQRCode"]:
    asked = getattr(zxingcpp.BarcodeFormat, name)
    read = zxingcpp.read_barcodes(picture, formats=asked)
    found[name] = [(code.text, str(code.format)) for code in read]
    print(f"formats={name}: {found[name]}")

micro = [("20259", "Micro QR Code")]
assert found == {"QRCode": micro, "QRCodeModel2": [], "MicroQRCode": micro}, "the behaviour has changed"
PYTHON
