"""A loop of your own: track faces, draw on them, record: python docs/examples/own_loop.py demo out.mp4

The first argument is what --source takes: a file, a folder, an address or `demo`; leave both out for camera 0.
Frames of your own, as arrays, work as well: `realtime.Frame(image_bgr, index, time_s)`.
"""

import sys

import realtime

where, target = [*sys.argv[1:], None, None][:2]
tiger = realtime.wear(["tiger"])

with (
    realtime.open_source(where) as source,
    realtime.open_tracker() as tracker,
    realtime.Recording(target or "own_loop.mp4") as recording,
):
    for frame in source.frames():
        faces = tracker.update(frame)
        canvas = frame.pixels_bgr.copy()
        tiger.apply(canvas, faces, frame.time_s)
        recording.write(canvas, frame.time_s)
        if frame.time_s > 10:
            break
