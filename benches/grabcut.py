"""GrabCut (Rother et al. 2004) as OpenCV has it, for `benches/matte.rs` to be compared with.

Reads pictures from standard input until it ends: WIDTH x HEIGHT x 3 bytes of RGB, then WIDTH x HEIGHT bytes of the trimap in
OpenCV's own numbers (0 sure background, 1 sure foreground, 2 probable background, 3 probable foreground). Answers each with
WIDTH x HEIGHT bytes of alpha. Says one line first: OpenCV's version.
"""

import sys

import cv2
import numpy as np

WIDTH, HEIGHT = 480, 640
ROUNDS = 5
SOFT_EDGE_PX = 1.5


def alpha(rgb, trimap):
    models = np.zeros((2, 1, 65), np.float64)
    labels = trimap.copy()
    cv2.grabCut(rgb, labels, None, models[0], models[1], ROUNDS, cv2.GC_INIT_WITH_MASK)
    person = np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    return np.rint(255 * cv2.GaussianBlur(person, (0, 0), SOFT_EDGE_PX / 2))


def main():
    cv2.setRNGSeed(1)
    source, answer = sys.stdin.buffer, sys.stdout.buffer
    answer.write(cv2.__version__.encode() + b"\n")
    answer.flush()
    area = WIDTH * HEIGHT
    while len(data := source.read(4 * area)) == 4 * area:
        rgb = np.frombuffer(data, np.uint8, 3 * area).reshape(HEIGHT, WIDTH, 3)
        trimap = np.frombuffer(data, np.uint8, area, 3 * area).reshape(HEIGHT, WIDTH)
        answer.write(alpha(np.ascontiguousarray(rgb), trimap).astype(np.uint8).tobytes())
        answer.flush()


main()
