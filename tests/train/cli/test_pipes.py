"""A pipe that has the name of a result is never replaced or waited for, also with --overwrite."""

import os
from pathlib import Path

import pytest

from assets import FLOAT_WEIGHTS
from tests.train.cli.test_cli import fails, run
from tests.train.exact import Written
from train.outputs import RUN_FILES

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")


@pytest.mark.parametrize(
    ("pipe", "command"),
    [
        ("f.json", "evaluate --csv CSV --images IMAGES --json OUT/f.json"),
        ("p.csv", "evaluate --csv CSV --images IMAGES --predictions OUT/p.csv"),
        ("error_curve.png", "evaluate --csv CSV --images IMAGES --plots OUT"),
        ("samples.png", "show samples --csv CSV --images IMAGES --out OUT"),
        ("w.onnx", "export last.pt OUT/w.onnx"),
        ("w.onnx", "quantize WEIGHTS OUT/w.onnx --csv CSV --images IMAGES"),
        ("w.onnx", "average WEIGHTS WEIGHTS --out OUT/w.onnx"),
        ("s.csv", "second-labels OUT/s.csv --csv CSV --images IMAGES"),
        ("keypoints-float.onnx", "score WEIGHTS --out OUT --csv CSV --images IMAGES"),
        ("w.onnx", "average WEIGHTS WEIGHTS --out OUT/w.onnx"),
        ("w.onnx", "convention WEIGHTS OUT/w.onnx --csv CSV --images IMAGES"),
        ("l.csv", "import coco labels.json --out OUT/l.csv"),
        ("l-sheet.png", "import coco labels.json --out OUT/l.csv"),
        ("l.json", "export-labels coco CSV --images IMAGES --out OUT/l.json"),
        ("c.png", "check CSV --images IMAGES --sheet OUT/c.png"),
        *((name, "--csv CSV --images IMAGES --epochs 1 --out OUT") for name in (*RUN_FILES, "run.toml")),
    ],
)
def test_no_command_replaces_a_pipe(written: Written, tmp_path: Path, pipe: str, command: str) -> None:
    os.mkfifo(tmp_path / pipe)
    names = {"CSV": written.csv, "IMAGES": written.images, "WEIGHTS": FLOAT_WEIGHTS, "OUT": tmp_path}
    for name, path in names.items():
        command = command.replace(name, str(path))
    fails(run(*command.split(), "--overwrite"), f"{pipe}: it is a device or a pipe, not a file")
    assert [path.name for path in tmp_path.iterdir()] == [pipe] and (tmp_path / pipe).is_fifo()


@pytest.mark.parametrize(("kind", "ending"), [("pts", ".pts"), ("pts", ".jpg"), ("labelme", ".json")])
def test_no_format_of_many_files_replaces_a_pipe(written: Written, tmp_path: Path, kind: str, ending: str) -> None:
    first = sorted(written.images.iterdir())[0]
    pipe = (tmp_path / first.name).with_suffix(ending)
    os.mkfifo(pipe)
    arguments = ("export-labels", kind, written.csv, "--images", written.images, "--out", tmp_path, "--overwrite")
    fails(run(*arguments), f"{pipe.name}: it is a device or a pipe, not a file")
    assert pipe.is_fifo()
