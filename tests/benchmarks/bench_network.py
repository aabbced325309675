"""What the network costs: `python -m tests.benchmarks.bench_network [WEIGHTS.onnx]`.

Through ONNX Runtime, on one thread, and then with each batch shared among as many threads as the live program takes;
crops are already cut. On a busy machine the least time says more than the median.
"""

import sys
import time
from pathlib import Path

import numpy as np

from assets import DEFAULT_WEIGHTS
from model.predictor import KeypointPredictor
from realtime.cores import network_threads

ROUNDS = 200
BATCHES = (1, 2, 4, 8)


def milliseconds(predictor: KeypointPredictor, faces: int) -> tuple[float, float]:
    """Median and least time of one prediction of that many faces."""
    size = predictor.info.spec.size_px
    crops = np.random.default_rng(0).integers(0, 256, (faces, size, size), np.uint8)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        predictor.predict_crops(crops)
        times.append(1e3 * (time.perf_counter() - start))
    return float(np.median(times)), min(times)


def main() -> None:
    """Print the table."""
    weights = Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_WEIGHTS
    predictor = KeypointPredictor(weights)
    print(f"{weights.name}: {weights.stat().st_size / 1e6:.2f} MB, crops of {predictor.info.spec.size_px} px")
    print("threads  faces  median ms  least ms  least a face  x one face")
    alone = milliseconds(predictor, 1)[1]
    for threads in dict.fromkeys((1, network_threads())):
        shared = KeypointPredictor(weights, threads)
        for faces in BATCHES:
            median, least = milliseconds(shared, faces)
            print(
                f"{threads:7d}  {faces:5d}  {median:9.2f}  {least:8.2f}  {least / faces:12.2f}  {least / alone:10.2f}"
            )


if __name__ == "__main__":
    main()
