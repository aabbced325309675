"""This program's own log and the video that was logged: frames that show one face, written as PNG."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av

from model.face_log import POINT_COLUMNS, read_face_log
from train.data.formats.base import LabelledFace, Request
from train.data.formats.pictures import NewPictures
from train.errors import DatasetError

_HDR: Final = (16, 18)
"""FFmpeg's numbers of the transfer functions PQ and HLG."""


def read(request: Request, pictures: NewPictures, video: Path | None) -> Iterator[LabelledFace]:
    """The faces of a log.

    The live program turns, squares, deinterlaces and tone-maps what it reads; training knows none of that, so a film
    that needs any of it is refused.

    Raises:
        DatasetError: there is no film, it cannot be read as it is stored, or it is shorter than the log.
        FaceLogError: the log cannot be read.
        OutputError: a picture cannot be written.
    """
    if video is None:
        raise DatasetError("a log names no pictures; give the video that was logged with --video FILE")
    if not video.is_file():
        raise DatasetError(f"the video {video} does not exist; check --video")
    log = read_face_log(request.path)
    single = log[log.groupby("frame")["face_id"].transform("size") == 1].set_index("frame")
    count = 0
    try:
        with av.open(f"file:{video}", options={"protocol_whitelist": "file"}) as container:
            for number, picture in enumerate(_pictures(container, video)):
                count = number + 1
                if number not in single.index:
                    continue
                image = pictures.write(f"frame_{number}.png", picture.to_ndarray(format="bgr24"))
                points = single.loc[number, list(POINT_COLUMNS)].to_numpy(float).reshape(-1, 2)
                yield LabelledFace(image, points, f"{request.path}, frame {number}")
    except av.FFmpegError as error:
        raise DatasetError(f"cannot read the video {video}: {error.strerror}; give one that plays") from error
    last = int(log["frame"].max())
    if last >= count:
        raise DatasetError(
            f"{request.path} knows a frame {last}, and {video} ends at frame {count - 1}; give the logged video"
        )


def _pictures(container: Any, video: Path) -> Iterator[Any]:
    """The decoded pictures of a film that are shown as they are stored."""
    streams = [s for s in container.streams.video if not s.disposition & s.disposition.attached_pic]
    if len(streams) != 1:
        raise DatasetError(f"{video} holds {len(streams)} films where one is needed; {_remedy(video)}")
    stream = streams[0]
    aspect = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    for number, picture in enumerate(container.decode(stream)):
        if number == 0:
            found = {
                "turned by its player": any("DISPLAYMATRIX" in str(data.type) for data in picture.side_data),
                "interlaced": picture.interlaced_frame,
                "of pixels that are not square": bool(aspect) and Fraction(aspect) != 1,
                "in HDR": int(picture.color_trc) in _HDR,
            }
            reason = next((words for words, there in found.items() if there), None)
            if reason:
                raise DatasetError(f"{video} is {reason}, so its log does not fit its stored frames; {_remedy(video)}")
        yield picture


def _remedy(video: Path) -> str:
    return (
        "record it as it is shown, and log that: python -m realtime --source "
        f"{video.name} --no-keypoints --record plain.mp4"
    )
