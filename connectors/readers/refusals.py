"""Sentences for files that are no export: what they are instead, and what to do."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from connectors.archives import SkippedMember
from connectors.readers.sniff import Finding

HELP = (
    "Magpie reads the Pinterest crawler export (ZIP, JSON, CSV), Pinterest's own account export "
    "(HTML), saved Pinterest pages, and Facebook's or Instagram's download (ZIP, JSON, HTML)."
)


class _Advice(NamedTuple):
    what: str
    to_do: str


_ADVICE = {
    "RAR": _Advice("a RAR archive", "Unpack it and bring the data file that is inside."),
    "7z": _Advice("a 7z archive", "Unpack it and bring the data file that is inside."),
    "TAR": _Advice("a TAR archive", "Unpack it and bring the data file that is inside."),
    "packed": _Advice("a packed file", "Unpack it and bring the data file that is inside."),
    "ZIP": _Advice("another archive", "Unpack the outer one and bring what is inside."),
    "prefixed": _Advice(
        "an archive with something in front, such as a program that unpacks it",
        "Unpack it and bring the data file that is inside.",
    ),
    "workbook": _Advice(
        "an office file, where long ids get rounded",
        "Bring the JSON or the CSV of the same export.",
    ),
    "database": _Advice("a database", "Bring the export that it was made from, as JSON or CSV."),
    "media": _Advice("a picture or a video", "Bring the file that the service gave you."),
    "document": _Advice("a document", "Bring the file that the service gave you."),
}


def explain(findings: Sequence[Finding], skipped: Sequence[SkippedMember]) -> str:
    """Return why nothing of it is imported, and what to do."""
    foreign = next((finding for finding in findings if finding.foreign in _ADVICE), None)
    left_out = Counter(member.reason for member in skipped)
    if foreign is not None and (len(findings) == 1 or foreign.reason == "nested_archive"):
        advice = _ADVICE[foreign.foreign]
        sentence = f"“{foreign.content.name}” is {advice.what}, which is not read. {advice.to_do}"
    elif not findings and (left_out["link"] or left_out["device"]):
        sentence = (
            "What is inside is no file but a link or a device, which is not read. "
            "Bring the data file itself."
        )
    elif not findings and left_out["unsafe_name"]:
        sentence = (
            "The names of the files inside lead out of the archive, so that none was read. "
            "Unpack it and bring the data file by itself."
        )
    elif not findings:
        sentence = "There is no file inside that can be read."
    elif all(finding.reason == "empty" for finding in findings):
        sentence = "There are no records inside. Ask the service for the export again."
    elif any(finding.reason == "error_rows" for finding in findings):
        sentence = "It holds errors of the exporter and no records. Let the exporter run again."
    else:
        sentence = "Nothing in it looks like an export that Magpie knows."
    return f"{sentence} {HELP}"
