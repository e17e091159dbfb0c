"""Writes networks.json: what the reference runtime (LiteRT) answers to the pictures in this folder.

    pip install ai-edge-litert==2.3.0 numpy pillow
    python tests/golden/make_golden.py MODELS_FOLDER

MODELS_FOLDER holds the four pinned .tflite files. Each network is given the picture of its own name (a synthetic sitter,
made by `capture-station sitter` and cut to the network's size); of every output about 64 values are kept, evenly spread.
"""

import json
import pathlib
import sys

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

# Model file, and the range that its pixels are brought to.
NETWORKS = {
    "face_detection_short_range": (-1.0, 1.0),
    "face_landmark": (0.0, 1.0),
    "iris_landmark": (0.0, 1.0),
    "selfie_segmentation_landscape": (0.0, 1.0),
}
KEPT = 64


def stride(length):
    """Evenly spread, and not always the same coordinate of a point."""
    step = max(1, length // KEPT)
    while step % 2 == 0 or step % 3 == 0:
        step -= 1
    return step


def answer(model, picture, low, high):
    runtime = Interpreter(str(model), num_threads=1)
    runtime.allocate_tensors()
    pixels = np.asarray(Image.open(picture).convert("RGB"), dtype=np.float32) / 255
    runtime.set_tensor(runtime.get_input_details()[0]["index"], (pixels * (high - low) + low)[None])
    runtime.invoke()
    outputs = []
    for output in runtime.get_output_details():
        values = runtime.get_tensor(output["index"]).ravel()
        step = stride(len(values))
        outputs.append({"length": len(values), "step": step, "values": [round(float(v), 6) for v in values[::step]]})
    return outputs


def main():
    models, here = pathlib.Path(sys.argv[1]), pathlib.Path(__file__).parent
    golden = {
        name: {"low": low, "high": high, "outputs": answer(models / f"{name}.tflite", here / f"{name}.png", low, high)}
        for name, (low, high) in NETWORKS.items()
    }
    (here / "networks.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
