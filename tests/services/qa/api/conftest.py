from support.notes_api import api

__all__ = ["api"]
