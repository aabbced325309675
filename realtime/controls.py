"""What the user can change while the program runs. The window's keys write it, the other stages read it."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Controls:
    """State shared by the stages of one run; owned by the main thread, which alone reads and writes it.

    Attributes:
        filters: names of the filters in force, drawn in this order.
        show_keypoints: draw the 68 points.
        mirror: show the preview mirrored; recordings are not.
        recording: write frames to the recorder.
        snapshot_requested: the snapshot sink saves the next frame and clears this.
        show_help: the window draws its help card.
        quit: leave the loop after this frame.
        message: a line for the window to show for a while; the newest wins.
    """

    filters: list[str] = field(default_factory=list)
    show_keypoints: bool = True
    mirror: bool = False
    recording: bool = False
    snapshot_requested: bool = False
    show_help: bool = False
    quit: bool = False
    message: str = ""
