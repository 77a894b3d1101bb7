"""A film of what a page looked like, as an animated picture that any browser shows."""

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from typing import cast

from PIL import Image

from argus.services.qa.execution.trace import Frame

_PAINTING_MS = 25
"""What stood for less was still being painted."""
_LEAST_MS, _MOST_MS, _LAST_MS = 400, 1_500, 3_000
"""Tests are too quick for people, and wait too long; the end is held."""
_MOST_FRAMES = 80


def film(frames: Sequence[Frame]) -> bytes:
    """The frames as an animated WebP, each as long as a person needs; empty where there are none.

    Of a long test the end is shown.
    """
    if not frames:
        return b""
    shown = [
        (frame.picture, min(max(after.at_ms - frame.at_ms, _LEAST_MS), _MOST_MS))
        for frame, after in pairwise(frames)
        if after.at_ms - frame.at_ms >= _PAINTING_MS and after.picture != frame.picture
    ]
    shown = [*shown, (frames[-1].picture, _LAST_MS)][-_MOST_FRAMES:]
    while len(shown) > 1 and _is_blank(shown[0][0]):
        del shown[0]
    pictures = [Image.open(BytesIO(picture)) for picture, _ in shown]
    made = BytesIO()
    pictures[0].save(
        made,
        format="WEBP",
        save_all=True,
        append_images=pictures[1:],
        duration=[round(milliseconds) for _, milliseconds in shown],
        loop=0,
        quality=55,
        method=0,
    )
    return made.getvalue()


def _is_blank(picture: bytes) -> bool:
    low, high = cast("tuple[int, int]", Image.open(BytesIO(picture)).convert("L").getextrema())
    return low == high
