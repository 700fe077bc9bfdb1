"""Static files as they are served: compressed, named by their content, and few."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

# By the path below the static root: the storage that a file comes from, and its path there.
Sources = Mapping[str, tuple[Storage, str]]

SHEET: Final = "css/index.css"
SCRIPT: Final = "js/index.js"
_SHEET_LINE = re.compile(
    r'^@import url\("(?P<path>[^"]+)"\) layer\((?P<layer>[\w-]+)\);$', re.MULTILINE
)
_SCRIPT_LINE = re.compile(r'^import "\./(?P<path>[^"]+)";$', re.MULTILINE)


class StaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # untyped
    """Whitenoise's, which serves the sheets of a page as one file, and so its scripts.

    A browser learns of an imported file only when it has the importing one, and shows nothing
    before it has all the sheets. From the sources, as tests serve them, it takes one by one.
    """

    def post_process(self, paths: dict[str, Any], **options: Any) -> Iterator[Any]:
        """Name, compress and rewrite what was collected."""
        whole = InMemoryStorage()
        for name, bundled in ((SHEET, bundled_sheets), (SCRIPT, bundled_scripts)):
            if name in paths:
                whole.save(name, ContentFile(bundled(paths).encode()))
                paths = {**paths, name: (whole, name)}
        yield from super().post_process(paths, **options)


def bundled_sheets(paths: Sources) -> str:
    """Return the style sheet with each sheet in place of the line that imports it.

    They name no files by ``url()``, which would be of another folder then; a test sees to that.
    """

    def sheet_of(line: re.Match[str]) -> str:
        return f"@layer {line['layer']} {{\n{_read(paths, 'css/' + line['path'])}}}"

    return _SHEET_LINE.sub(sheet_of, _read(paths, SHEET))


def bundled_scripts(paths: Sources) -> str:
    """Return the script with each script in place of the line that imports it.

    Each keeps its names, and its failures, to itself; none imports or exports anything, which a
    test sees to.
    """

    def script_of(line: re.Match[str]) -> str:
        content = _read(paths, "js/" + line["path"])
        return f"try {{\n{content}}} catch (error) {{\n  reportError(error);\n}}"

    return _SCRIPT_LINE.sub(script_of, _read(paths, SCRIPT))


def _read(paths: Sources, name: str) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        content: bytes = file.read()
    return content.decode()
