"""The numbers of the default recipe."""

from dataclasses import dataclass, field, replace

from model.convention import PEOPLE, Table
from model.networks.keypoint_net import NetSpec
from model.predictor import KeypointPredictor
from train.augmentation.batch import AugmentConfig
from train.config import TrainConfig
from train.data.label_offset import NO_OFFSET, LabelOffset
from train.recipes.averaging import CourseOptions
from train.recipes.default_loss import LossConfig

_GENTLE = AugmentConfig(
    negatives=0.06,
    haar=0.3,
    far_roll=0.2,
    dark=0.06,
    shadow=0.08,
    blur=0.12,
    sharpen=0.15,
    small=0.12,
    noise=0.15,
    jpeg=0.08,
    cover=0.15,
    worn=0.12,
    hand=0.04,
    lids=0.4,
    near_shift=0.04,
    near_side=0.08,
    twins=0.2,
)
_FINE = replace(_GENTLE, turn=0.15, lipstick=0.25)
_VARIED = replace(
    _FINE,
    lipstick=0.0,
    painted_lips=0.3,
    glasses=0.08,
    shaded_eyes=0.1,
    hand=0.06,
    twins=0.5,
    far_twins=0.6,
    mirrored_twins=0.5,
)


@dataclass(frozen=True, slots=True)
class DefaultOptions:
    """The default recipe's numbers: tuned on the development split, see the card of the shipped weights.

    Attributes:
        net: shape of the network.
        crop_scale: side of the crop over side of the points' box.
        epochs: of the first and of the second cycle; a run of another length is split in the same proportion.
        batch_size, learning_rate: used where the run's own options do not say.
        second_rate: learning rate of the second cycle, as a share of the first's.
        course: see there.
        score_threshold: faces scored lower are not shown.
        offset: the labels' bias, taken out before training.
        convention: where people label the points, see `model.convention`; what is trained gives the dataset's own.
        augment, second_augment: changes in the first cycle, and gentler ones in the second: a network this small
            has not memorised what it has seen, and gains most from pictures like those it will meet. The second
            cycle adds twins, which make its points steady.
        loss: see there.
        fine_epochs, fine_rate, fine_augment, fine_loss: the one cycle of a run that starts from other weights; it shows
            heads turned further and darker lips as well.
        varied_augment: the same with more variety, for strangers' faces: random glasses, make-up, shade, distant twins.
        fine_steps: fewest steps of a run of `fine_epochs`; with few pictures, an epoch shows each several times.
    """

    net: NetSpec = field(default_factory=NetSpec)
    crop_scale: float = 1.3
    epochs: tuple[int, int] = (120, 70)
    batch_size: int = 64
    learning_rate: float = 4e-3
    second_rate: float = 0.4
    course: CourseOptions = field(default_factory=CourseOptions)
    score_threshold: float = 0.4
    offset: LabelOffset = field(default_factory=LabelOffset)
    convention: Table = PEOPLE
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    second_augment: AugmentConfig = field(default_factory=lambda: _GENTLE)
    loss: LossConfig = field(default_factory=LossConfig)
    fine_epochs: int = 36
    fine_steps: int = 360
    fine_rate: float = 1.2e-3
    fine_augment: AugmentConfig = field(default_factory=lambda: _FINE)
    varied_augment: AugmentConfig = field(default_factory=lambda: _VARIED)
    fine_loss: LossConfig = field(default_factory=lambda: LossConfig(lids_after=0.0))


def options_for(config: TrainConfig) -> DefaultOptions:
    """The options with the labels' bias and convention that go with a run.

    Labels by people are moved to where the weights that they fine-tune were taught to put the points, or to the
    convention of the dataset they are mixed with; what is trained then moves them back as it draws. Nothing of that has
    to be learnt from a few pictures.

    Raises:
        WeightsError: the weights to start from cannot be used.
    """
    if config.label_offset:
        return DefaultOptions()
    if config.start_from is not None:
        info = KeypointPredictor(config.start_from).info
        return DefaultOptions(offset=LabelOffset(info.label_offset_x, info.label_offset_y), convention=info.convention)
    return DefaultOptions() if config.more_csv else DefaultOptions(offset=NO_OFFSET, convention=())
