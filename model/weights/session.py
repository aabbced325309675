"""Weights files opened with ONNX Runtime: those of others are checked, and run once within limits."""

import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

import onnxruntime as ort

from model.errors import WeightsError
from model.weights.structure import StructureError, check_size, check_structure

TRIAL_SECONDS: Final = 5.0
"""Weights that take longer for one face are refused; ours take a few milliseconds."""
TRIAL_BYTES: Final = 128 * 2**20
"""Weights that take more memory for one face are refused; ours take less than a tenth."""
REMEDY: Final = "give a file made by python -m train (its export ends in .onnx)"

Info = TypeVar("Info")
FirstRun = Callable[[ort.InferenceSession, ort.RunOptions], None]
"""Runs the smallest input with these options and checks what comes out; raises `WeightsError`."""


def open_session(weights: Path, ours: Path, first_run: FirstRun) -> ort.InferenceSession:
    """A session of one thread.

    Args:
        weights: the file.
        ours: the file that ships, which is trusted.
        first_run: tries the weights of others, without optimisation: that would already run parts of the graph, and
            cannot be stopped.

    Raises:
        WeightsError: the file is missing, broken, or holds another model, or takes too much.
    """
    data = read_weights(weights)
    if weights.resolve() != ours.resolve():
        _try(data, weights, first_run)
    return _session(data, weights, _options())


def read_weights(weights: Path) -> bytes:
    """The bytes of a weights file, checked by size and structure; see `model.weights.structure`.

    Raises:
        WeightsError: the file is missing or cannot be read, or is not built as this project's weights are.
    """
    if not weights.is_file():
        found = "is not a file" if weights.exists() else "does not exist"
        raise WeightsError(
            f"weights file {weights} {found}; give an .onnx file, such as keypoints.onnx in assets/weights, "
            "or make one with: python -m train"
        )
    try:
        check_size(weights.stat().st_size)
        data = weights.read_bytes()
        check_structure(data)
    except OSError as error:
        raise WeightsError(f"cannot read the weights file {weights}: {error.strerror}") from error
    except StructureError as error:
        raise WeightsError(f"{weights} {error}; {REMEDY}") from error
    return data


def read_entry(session: ort.InferenceSession, weights: Path, key: str) -> str | None:
    """The entry of a loaded file; None where it has none.

    Raises:
        WeightsError: it cannot be decoded.
    """
    try:
        text: str | None = session.get_modelmeta().custom_metadata_map.get(key)
    except UnicodeDecodeError as error:
        raise WeightsError(f"{weights} describes itself in characters that cannot be read; {REMEDY}") from error
    return text


def understand_entry(text: str, weights: Path, parse: Callable[[str], Info]) -> Info:
    """What `parse` makes of the entry of `weights`.

    Raises:
        WeightsError: `parse` raises a `ValueError`.
    """
    try:
        return parse(text)
    except ValueError as error:
        raise WeightsError(f"{weights} describes itself in a way that cannot be read ({error}); {REMEDY}") from error


def _options() -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = 3
    return options


def _session(data: bytes, weights: Path, options: ort.SessionOptions) -> ort.InferenceSession:
    try:
        return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors share no other base class
        reason = str(error).splitlines()[0][:200]
        raise WeightsError(
            f"{weights} is not an ONNX model that can be read ({reason}); it may be cut short: "
            "copy it again, or export it again with: python -m train export"
        ) from error


def _try(data: bytes, weights: Path, first_run: FirstRun) -> None:
    """Run weights of others once within limits of memory and time.

    Raises:
        WeightsError: they fail, take too much, or give something else than they should.
    """
    _limit_memory()
    options = _options()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.add_session_config_entry("session.disable_prepacking", "1")
    session = _session(data, weights, options)
    run = ort.RunOptions()
    run.log_severity_level = 4
    timer = threading.Timer(TRIAL_SECONDS, setattr, (run, "terminate", True))
    timer.start()
    try:
        first_run(session, run)
    except WeightsError:
        raise
    except Exception as error:  # see _session
        text = str(error)
        reason = (
            f"take more than {TRIAL_SECONDS:.0f} s for a face"
            if "terminate flag" in text
            else f"take more than {TRIAL_BYTES >> 20} MB of memory for a face"
            if "requested bytes" in text or "Available memory" in text
            else f"fail ({text.splitlines()[0][:120]})"
        )
        raise WeightsError(f"the weights {weights} {reason}; {REMEDY}") from error
    finally:
        timer.cancel()


@cache
def _limit_memory() -> None:
    """Give ONNX Runtime an allocator with a limit, for the sessions that ask for it."""
    place = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    ort.create_and_register_allocator(place, ort.OrtArenaCfg({"max_mem": TRIAL_BYTES}))
