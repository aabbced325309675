"""Opens video and sound files through FFmpeg, for whoever reads one."""

from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from realtime.errors import SourceError

_OPEN_TIMEOUT_S: Final = 10.0
_PLAYLISTS: Final = (b"#EXTM3U", b"ffconcat", b"<?xml", b"<MPD", b"[playlist]")
"""How files begin that name other files; a file given as a source means only itself."""


def open_media(where: str | Path) -> InputContainer:
    """Open a file, or the file behind an address.

    The name of a file is only a name, whatever colons or commas it holds, and no other file is opened on its behalf.
    Tags that are not UTF-8 are read with replacement characters.

    Raises:
        SourceError: it is a playlist.
        av.FFmpegError: it cannot be opened.
    """
    text = str(where)
    if "://" in text:
        return av.open(text, timeout=_OPEN_TIMEOUT_S, metadata_errors="replace")
    _refuse_playlist(Path(text))
    options = {"protocol_whitelist": "file"}
    return av.open(f"file:{text}", options=options, timeout=_OPEN_TIMEOUT_S, metadata_errors="replace")


def main_video_stream(container: InputContainer) -> VideoStream | None:
    """The stream that a player shows: not a cover picture; the one marked as default, else the largest.

    None if the container holds no video. A lone cover picture counts as video.
    """
    streams = list(container.streams.video)
    films = [stream for stream in streams if not stream.disposition & stream.disposition.attached_pic]

    def rank(stream: VideoStream) -> tuple[bool, int]:
        is_default = bool(stream.disposition & stream.disposition.default)
        return is_default, stream.codec_context.width * stream.codec_context.height

    return max(films or streams, key=rank, default=None)


def _refuse_playlist(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
    except OSError:
        return  # FFmpeg says what is wrong
    if start.startswith(_PLAYLISTS):
        raise SourceError(f"{path} is a playlist, which names other files; give the video itself, or its address")
