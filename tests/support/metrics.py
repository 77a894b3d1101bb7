"""What a process has counted."""

from prometheus_client import Counter


def value_of(counter: Counter, **labels: str) -> float:
    """The counter's value for these labels; without any, over all of them."""
    return sum(
        sample.value
        for metric in counter.collect()
        for sample in metric.samples
        if sample.name.endswith("_total") and labels.items() <= sample.labels.items()
    )
