from support.notes_api import api
from support.runs import pages, runs

__all__ = ["api", "pages", "runs"]
