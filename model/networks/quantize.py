"""Exported networks with their convolutions in 8 bits: two thirds of the time on a processor, a third of the file."""

import contextlib
import errno
import io
import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
from google.protobuf.message import DecodeError

from model.networks.onnx_weights import LAST, read_convolutional
from model.program.files import put_in_place

_BATCH = 32


def quantize(source: Path, crops: npt.NDArray[np.uint8], path: Path) -> None:
    """Write an exported network again, its convolutions in 8 bits.

    Weights are rounded to 7 bits by output channel and what flows between convolutions to 8, within the range that it
    takes on `crops`. Weights of 7 bits never saturate where a processor adds two products in 16 bits (AVX2): no
    processor's points are worse for its way of adding. The first convolution, of a single channel, stays as it is, and
    so do those that say where points or faces lie. Sums are rounded once, after their ReLU; before it as well would
    double the noise of the points.

    Source: Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
    inference", CVPR 2018; by ONNX Runtime's quantizer.

    Args:
        source: an ONNX file made by `model.networks.checkpoint.export_onnx` from a `KeypointNet` or a `DetectorNet`.
        crops: (N, S, S) grey faces or canvases, cut and lit as the network will meet them; a few hundred.
        path: file to write; replaced only once the new one is whole.

    Raises:
        WeightsError: the source is missing, broken, another kind of network, or quantized already.
        OSError: the file cannot be written.
    """
    # Here, not above: a quarter of a second that only this needs.
    from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantType, quantize_static

    class Crops(CalibrationDataReader):  # type: ignore[misc]
        """The crops in batches of one size, which the calibration asks for."""

        def get_next(self) -> dict[str, npt.NDArray[np.uint8]] | None:
            return next(batches, None)

    graph = read_convolutional(source)
    name = graph.input[0].name
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    kept = [convolutions[0].name, *(node.name for node in convolutions if node.input[1] in LAST)]
    size = min(_BATCH, len(crops))
    batches = ({name: crops[start : start + size, None]} for start in range(0, len(crops) - size + 1, size))
    # In a folder of its own: the quantizer writes a file of its own naming beside the source.
    with tempfile.TemporaryDirectory(prefix=".quantize-", dir=path.parent) as folder:
        full, done = Path(folder) / "full.onnx", Path(folder) / "quantized.onnx"
        shutil.copyfile(source, full)
        try:
            with _quiet():
                quantize_static(
                    full,
                    done,
                    Crops(),
                    op_types_to_quantize=["Conv", "Relu"],
                    nodes_to_exclude=kept,
                    per_channel=True,
                    reduce_range=True,
                    activation_type=QuantType.QUInt8,
                    weight_type=QuantType.QInt8,
                    calibrate_method=CalibrationMethod.Percentile,
                    extra_options={"WeightSymmetric": True},
                )
        except DecodeError as error:  # what it wrote and reads again was cut short
            raise OSError(
                errno.EIO, "what was written could not be read again; is the disk full?", str(path)
            ) from error
        put_in_place(done, path)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what the quantizer prints, and its advice to prepare what the exporter has prepared already."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logging.disable(disabled)
