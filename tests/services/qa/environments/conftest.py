from support.runs import pages, runs

__all__ = ["pages", "runs"]
