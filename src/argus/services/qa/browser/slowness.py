"""How much longer than on an idle machine a page may take before it is to blame."""

import os

_AT_MOST = 4.0


def slowness(load: float | None = None, cores: int | None = None) -> float:
    """How many runnable processes share a core here, from 1 to 4; by default of the last minute."""
    load = os.getloadavg()[0] if load is None else load
    return min(_AT_MOST, max(1.0, load / (cores or os.cpu_count() or 1)))
