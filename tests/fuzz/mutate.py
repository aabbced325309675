"""One way to spoil bytes, and one loop that tries a reader with them."""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

Target = Callable[[bytes, Path], None]
"""Read bytes, in a folder of its own to write to; anything that a reader must not raise is a find."""
_LARGE = (b"\xff" * 5, b"\x00" * 8, b"\xff\xff\xff\xff\x7f", b"\x80" * 10, b"99999999999", b"-1", b"nan", b'"', b";")


def mutated(data: bytes, rng: np.random.Generator, words: Sequence[bytes] = ()) -> bytes:
    """The bytes with a few changes: bits, runs removed, repeated, moved or overwritten, words and large numbers."""
    result = bytearray(data)
    for _ in range(int(rng.integers(1, 6))):
        if not result:
            break
        start = int(rng.integers(len(result)))
        end = min(len(result), start + int(2 ** rng.uniform(0, 10)))
        kind = rng.integers(7)
        if kind == 0:
            result[start] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            del result[start:end]
        elif kind == 2:
            result[start:start] = result[start:end] * int(rng.integers(1, 20))
        elif kind == 3:
            result[start:end] = rng.bytes(end - start)
        elif kind == 4:
            piece = (*_LARGE, *words)[rng.integers(len(_LARGE) + len(words))]
            result[start : start + int(rng.integers(2)) * len(piece)] = piece
        elif kind == 5:
            del result[end:]
        else:
            other = int(rng.integers(len(result)))
            result[start:end] = result[other : other + end - start]
    return bytes(result)


def attack(
    target: Target,
    samples: Sequence[bytes],
    *,
    tries: int | None = None,
    minutes: float = 0.0,
    seed: int = 0,
    words: Sequence[bytes] = (),
) -> int:
    """Feed a reader spoiled samples, `tries` times or for `minutes`; returns the number of tries.

    Raises:
        AssertionError: the reader raised what it must not; the message holds the number that makes the same file.
    """
    end_s = time.monotonic() + 60 * minutes
    done = 0
    with tempfile.TemporaryDirectory() as folder:
        while done < tries if tries is not None else time.monotonic() < end_s:
            rng = np.random.default_rng((seed, done))
            data = mutated(samples[int(rng.integers(len(samples)))], rng, words)
            try:
                target(data, Path(folder))
            except Exception as error:
                raise AssertionError(f"seed {seed}, try {done}: {type(error).__name__}: {error}"[:2000]) from error
            done += 1
    return done


def main(target: Target, samples: Sequence[bytes], words: Sequence[bytes] = ()) -> None:
    """`--minutes N --seed N`: try for so long, and print how often."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    tries = attack(target, samples, minutes=asked.minutes, seed=asked.seed, words=words)
    print(f"{tries} tries, nothing found")
