"""MediaPipe's FaceMesh and selfie mask, for `benches/peers` to be compared with.

Says one line first: MediaPipe's version. Then reads runs of frames from standard input until it ends: four bytes of how many
(little-endian), then each as WIDTH x HEIGHT x 3 bytes of RGB. Answers each run with one line of JSON: processor and wall time of each
frame in milliseconds, for the mesh, the mesh with irises and the mask, and in how many frames the mesh found a face.
"""

import json
import sys
import time

import mediapipe as mp
import numpy as np

WIDTH, HEIGHT = 1920, 1080
LANDSCAPE = 1


def read_run(source):
    head = source.read(4)
    if len(head) < 4:
        return None
    area = WIDTH * HEIGHT * 3
    frames = []
    for _ in range(int.from_bytes(head, "little")):
        frame = np.frombuffer(source.read(area), np.uint8).reshape(HEIGHT, WIDTH, 3)
        frames.append(frame)
    return frames


def timed(solution, frames):
    cpu, wall, results = [], [], []
    for frame in frames:
        began = time.process_time(), time.perf_counter()
        results.append(solution.process(frame))
        cpu.append(1000 * (time.process_time() - began[0]))
        wall.append(1000 * (time.perf_counter() - began[1]))
    return {"cpu": cpu, "wall": wall}, results


def mesh_of(frames, irises):
    """A run is a sitting of its own: nothing is known of an earlier face."""
    with mp.solutions.face_mesh.FaceMesh(max_num_faces=1, refine_landmarks=irises) as mesh:
        return timed(mesh, frames)


def main():
    # Read before MediaPipe's own logging may take the standard output.
    answer = sys.stdout
    print(mp.__version__, file=answer, flush=True)
    selfie = mp.solutions.selfie_segmentation.SelfieSegmentation(model_selection=LANDSCAPE)
    while (frames := read_run(sys.stdin.buffer)) is not None:
        mesh, faces = mesh_of(frames, irises=False)
        irises, _ = mesh_of(frames, irises=True)
        mask, _ = timed(selfie, frames)
        seen = sum(bool(face.multi_face_landmarks) for face in faces)
        said = {"mesh": mesh, "irises": irises, "mask": mask, "seen": seen}
        print(json.dumps(said), file=answer, flush=True)


main()
