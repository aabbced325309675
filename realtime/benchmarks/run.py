"""`python -m realtime bench`: what the live program costs on this machine, in one run."""

import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime

from assets import DEFAULT_WEIGHTS
from model.program.files import check_file
from realtime.benchmarks import detection, following, memory, page, program, steadiness
from realtime.benchmarks.peers import Peer, find_peers
from realtime.benchmarks.timing import BenchTable
from realtime.errors import ConfigError, SinkError

PARTS = (
    "network",
    "detection",
    "peers",
    "size",
    "faces",
    "program",
    "drawing",
    "start",
    "page",
    "memory",
    "steadiness",
)


@dataclass(frozen=True, slots=True)
class BenchConfig:
    """What is measured, and for how long.

    Attributes:
        seconds: for each table, about.
        quick: as few rounds as there can be, to see that all of it runs; the figures say nothing.
        parts: some of `PARTS`.
        json_file: where the tables are written too.
        weights: the network.

    Raises:
        ConfigError: there is no such part.
    """

    seconds: float = 5.0
    quick: bool = False
    parts: tuple[str, ...] = PARTS
    json_file: Path | None = None
    weights: Path = DEFAULT_WEIGHTS

    def __post_init__(self) -> None:
        for part in self.parts:
            if part not in PARTS:
                raise ConfigError(f"--part {part} is none of the benchmark's; give one of: {', '.join(PARTS)}")


def run_bench(config: BenchConfig, say: Callable[[str], object] = print) -> None:
    """Measure, and tell each table as soon as it is there.

    Raises:
        RealtimeError, ModelError: something cannot be measured, or the file cannot be written.
    """
    tables: list[BenchTable] = []
    _save(config, tables)  # what is wrong with the path shows now, not after minutes
    say(f"{_machine()}\n")
    for table in _tables(config):
        tables.append(table)
        say(f"{table.text()}\n")
    _save(config, tables)


def _tables(config: BenchConfig) -> Iterator[BenchTable]:
    weights, seconds = config.weights, 0.0 if config.quick else config.seconds
    clip = 6 if config.quick else 60
    peers: list[Peer] = []
    missing: list[str] = []
    if {"network", "peers", "steadiness"} & set(config.parts):
        peers, missing = find_peers()
    measure: dict[str, Callable[[], BenchTable]] = {
        "network": lambda: following.network(weights, peers, seconds),
        "detection": lambda: detection.detection(seconds, clip),
        "peers": lambda: following.beside_peers(weights, peers, missing, seconds, clip),
        "size": lambda: following.by_size(weights, seconds, clip),
        "faces": lambda: following.by_faces(weights, seconds, clip),
        "program": lambda: program.whole_program(weights, max(1, round(seconds)), 10 if config.quick else 90),
        "drawing": lambda: program.drawing(weights, seconds, clip),
        "start": lambda: program.start_up(weights, max(1, round(seconds))),
        "page": lambda: page.page(1.0 if config.quick else seconds),
        "memory": lambda: memory.memory(weights, 1.0 if config.quick else seconds),
        "steadiness": lambda: steadiness.steadiness(weights, peers, 32 if config.quick else 120),
    }
    for part in PARTS:
        if part in config.parts:
            yield measure[part]()


def _machine() -> str:
    libraries = f"numpy {np.__version__}, OpenCV {cv2.__version__}, ONNX Runtime {onnxruntime.__version__}"
    return f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {libraries}"


def _save(config: BenchConfig, tables: list[BenchTable]) -> None:
    if config.json_file is None:
        return
    data = {"machine": _machine(), "quick": config.quick, "tables": [table.data() for table in tables]}
    try:
        check_file(config.json_file)
        config.json_file.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise SinkError(
            f"cannot write the benchmark to {config.json_file}: {error.strerror}; choose a folder that exists"
        ) from error
