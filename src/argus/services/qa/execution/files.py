"""Files for tests to upload: small and valid, made by the ending of their name."""

import mimetypes
import zipfile
from io import BytesIO
from pathlib import PurePosixPath

from PIL import Image
from playwright.async_api import FilePayload

_PICTURES = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".gif": "GIF", ".webp": "WEBP"}
_SIDE_PX = 256
_COLOUR = (10, 85, 176)
_TEXTS = {
    ".csv": "name,amount\nacorn,1\n",
    ".json": '{"name": "acorn", "amount": 1}\n',
    ".svg": '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"></svg>\n',
    ".xml": '<?xml version="1.0" encoding="UTF-8"?>\n<name>acorn</name>\n',
    ".txt": "acorn\n",
}
_PDF_OBJECTS = (
    "<</Type/Catalog/Pages 2 0 R>>",
    "<</Type/Pages/Kids[3 0 R]/Count 1>>",
    "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
)
ENDINGS = (*_PICTURES, ".pdf", *_TEXTS, ".zip")
"""Of the kinds of files that can be made; what a form that states none most likely takes first."""


def made_file(name: str) -> FilePayload:
    """The file of that name, without folders; the same each time. Of another ending it is text."""
    plain = PurePosixPath(name.replace("\\", "/")).name or "file"
    media_type = mimetypes.guess_type(plain, strict=False)[0] or "application/octet-stream"
    return FilePayload(name=plain, mimeType=media_type, buffer=_content(plain))


def ending_for(accept: str) -> str:
    """The first ending that an `accept` of HTML lets through; empty where none can be made."""
    tokens = [token.strip().lower() for token in accept.split(",") if token.strip()]
    if not tokens:
        return ENDINGS[0]
    return next((e for token in tokens for e in ENDINGS if _fits(e, token)), "")


def _fits(ending: str, token: str) -> bool:
    media_type = mimetypes.types_map.get(ending, "")
    return token in (ending, media_type, "*/*", "*", f"{media_type.partition('/')[0]}/*")


def _content(name: str) -> bytes:
    ending = PurePosixPath(name).suffix.lower()
    made = BytesIO()
    if ending in _PICTURES:
        Image.new("RGB", (_SIDE_PX, _SIDE_PX), _COLOUR).save(made, format=_PICTURES[ending])
        return made.getvalue()
    if ending == ".zip":
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr(zipfile.ZipInfo("acorn.txt"), _TEXTS[".txt"])
        return made.getvalue()
    return _pdf() if ending == ".pdf" else _TEXTS.get(ending, _TEXTS[".txt"]).encode()


def _pdf() -> bytes:
    """A document of one empty page."""
    made, places = b"%PDF-1.4\n", list[int]()
    for number, told in enumerate(_PDF_OBJECTS, start=1):
        places.append(len(made))
        made += f"{number} 0 obj{told}endobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(_PDF_OBJECTS) + 1
    return (
        made
        + (
            f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\n"
            f"startxref\n{len(made)}\n%%EOF\n"
        ).encode()
    )
