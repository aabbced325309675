"""What the user can change while the program runs. The control panel writes it, the other stages read it."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Controls:
    """State shared by the stages of one run; owned by the main thread, which alone reads and writes it.

    Attributes:
        filters: names of the filters worn, drawn in this order.
        show_keypoints: draw the 68 points; None draws them while no filter is worn.
        strength: how strongly filters show, 0 to 1.
        mirror: show the preview mirrored; recordings are not.
        recording: write frames to the recorder.
        snapshot_requested: the snapshot sink saves the next frame and clears this.
        countdown_s: seconds from asking for a picture to taking it.
        sounds: play a sound for pictures, countdowns and recordings.
        quit: leave the loop after this frame.
        message: a line to show the user for a while; the newest wins.
    """

    filters: list[str] = field(default_factory=list)
    show_keypoints: bool | None = None
    strength: float = 1.0
    mirror: bool = False
    recording: bool = False
    snapshot_requested: bool = False
    countdown_s: int = 0
    sounds: bool = True
    quit: bool = False
    message: str = ""

    @property
    def keypoints_shown(self) -> bool:
        """Whether the 68 points are drawn now."""
        return not self.filters if self.show_keypoints is None else self.show_keypoints
