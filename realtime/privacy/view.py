"""The region of a face that is drawn on."""

from model.crop import Region, region_from_keypoints
from realtime.face_view import FaceView

_SIDE_PER_EYE_DISTANCE = 1.55
"""A frontal face's points' box over its eye distance: of turned heads, whose box is narrow, the head is not."""


def region_of(view: FaceView) -> Region:
    """Where the points of a face lie; as large as if it looked at the viewer."""
    region = region_from_keypoints(view.keypoints_px)
    side = max(region.side, _SIDE_PER_EYE_DISTANCE * view.unit_px)
    return Region(region.center_x, region.center_y, side, region.roll_rad)
