"""A film of what a page looked like, as an animated picture that any browser shows."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from argus.services.qa.execution.trace import Frame

_LEAST_MS, _MOST_MS, _LAST_MS = 120, 1_500, 3_000
"""What is shown for less is left out, what stood for longer is cut, and the end is held."""
_MOST_FRAMES = 80


def film(frames: Sequence[Frame]) -> bytes:
    """The frames as an animated WebP in (nearly) their own time; empty where there are none.

    Waiting is shortened, and of a long test the end is shown.
    """
    if not frames:
        return b""
    ends = [*(frame.at_ms for frame in frames[1:]), frames[-1].at_ms + _LAST_MS]
    lasting = [
        (frame, min(end_ms - frame.at_ms, _MOST_MS))
        for frame, end_ms in zip(frames, ends, strict=True)
        if end_ms - frame.at_ms >= _LEAST_MS
    ][-_MOST_FRAMES:]
    pictures = [Image.open(BytesIO(frame.picture)) for frame, _ in lasting]
    made = BytesIO()
    pictures[0].save(
        made,
        format="WEBP",
        save_all=True,
        append_images=pictures[1:],
        duration=[*(round(shown_ms) for _, shown_ms in lasting[:-1]), _LAST_MS],
        loop=0,
        quality=55,
        method=0,
    )
    return made.getvalue()
