"""Options of a training run; every default of training is here or in the recipe's own dataclasses."""

from dataclasses import dataclass
from pathlib import Path

from train.errors import OptionError

RECIPES = ("default", "baseline", "detector")
"""`default` trains the keypoint network that ships, `detector` the face detector; `baseline` is the seed's recipe."""
DEVICES = ("auto", "cpu", "cuda")

DATA_DIR = Path("data/train-test-data")
BASELINE_STATE = Path("saved_models/keypoints_model_1.pt")
"""Where in its run's folder the baseline also saves its plain state dict, as the seed document does."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """What to train on, how, and where to put it.

    Attributes:
        recipe: one of `RECIPES`.
        csv_file, images_dir: labelled images in the dataset's layout; None looks for the folder beside the CSV.
        more_csv: further CSVs to train on as well, whose images lie beside them.
        shares: of the faces shown, how many come from each CSV; empty shows every face equally often.
        label_offset: the labels have the dataset's bias. Without, of several CSVs only the dataset's own have it.
        output_dir: gets last.pt, best.pt, curves.csv and keypoints.onnx; by default keypoints-float.onnx as well. None
            is runs/RECIPE, with a number behind it where that is taken.
        overwrite: replace a run that `output_dir` holds.
        epochs, batch_size, learning_rate: None takes the recipe's.
        seed: the same seed gives the same weights on one machine.
        all_people: train on everybody; otherwise some are held out to measure on (see `train.data.split`).
        hold_out: hold out these people instead of those that the split takes.
        validate_csv: measure on the images of this CSV, and hold out nobody of the other.
        start_from: weights to fine-tune (.onnx, default recipe), in a shorter run; None starts from random weights.
        keep: share of those weights in the mean with the trained ones that comes out (WiSE-FT), below 1.
        varied: a run from weights also shows random glasses, make-up, shade, and mirrored pairs of faces.
        second_labels: CSV of a second labeller for lids and lips (default recipe); see `train.data.second_labels`.
        resume: continue from `output_dir`/last.pt.
        workers: processes that prepare batches ahead; 0 prepares them in between, which suits a CPU.
        device: `auto` takes a GPU where there is one.

    Raises:
        OptionError: a value cannot be used.
    """

    recipe: str = "default"
    csv_file: Path = DATA_DIR / "training_frames_keypoints.csv"
    images_dir: Path | None = None
    more_csv: tuple[Path, ...] = ()
    shares: tuple[float, ...] = ()
    label_offset: bool = True
    output_dir: Path | None = None
    overwrite: bool = False
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    seed: int = 0
    all_people: bool = False
    hold_out: tuple[str, ...] = ()
    validate_csv: Path | None = None
    start_from: Path | None = None
    keep: float = 0.0
    varied: bool = False
    second_labels: Path | None = None
    resume: bool = False
    workers: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.recipe not in RECIPES:
            raise OptionError(f"no recipe is called {self.recipe!r}; there are: {', '.join(RECIPES)}")
        if self.device not in DEVICES:
            raise OptionError(f"no device is called {self.device!r}; there are: {', '.join(DEVICES)}")
        for name in ("epochs", "batch_size"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise OptionError(f"--{name.replace('_', '-')} must be at least 1, got {value}")
        if self.learning_rate is not None and not 0 < self.learning_rate < 100:
            raise OptionError(f"--learning-rate must be above 0 and below 100, got {self.learning_rate}")
        for option, file in (("--second-labels", self.second_labels), ("--start-from", self.start_from)):
            if file is not None and self.recipe != "default":
                raise OptionError(f"{option} goes with the default recipe, not with {self.recipe}; leave it out")
        if not 0 <= self.keep < 1:
            raise OptionError(f"--keep must be at least 0 and below 1, got {self.keep}")
        if self.keep and self.start_from is None:
            raise OptionError("--keep goes with --start-from, whose weights it keeps a share of; give both or neither")
        if self.varied and self.start_from is None:
            raise OptionError("--varied goes with --start-from, whose weights it makes see strangers better; give both")
        if self.shares and (
            len(self.shares) != 1 + len(self.more_csv) or not all(0 < share < 1e6 for share in self.shares)
        ):
            raise OptionError(
                "give each --csv a share above 0, as in --csv mine.csv:0.5 --csv dataset.csv:0.5, or none"
            )
        if self.shares and self.recipe != "default":
            raise OptionError(f"shares of --csv go with the default recipe, not with {self.recipe}; leave them out")
        if self.more_csv and self.second_labels is not None:
            raise OptionError("--second-labels knows the faces of one CSV; give one --csv, or leave it out")
        if sum((self.all_people, bool(self.hold_out), self.validate_csv is not None)) > 1:
            raise OptionError("--split all, --hold-out and --validate say three different things; give one of them")
        if self.second_labels is not None and self.validate_csv is not None:
            raise OptionError("--second-labels does not go with --validate; hold people out with --hold-out")
        if self.seed < 0 or self.workers < 0:
            raise OptionError(f"--seed and --workers cannot be negative, got {self.seed} and {self.workers}")
