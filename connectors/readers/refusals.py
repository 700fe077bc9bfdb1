"""Sentences for files that are no export: what they are instead, and what to do."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from connectors.archives import SkippedMember
from connectors.readers.meta.others import OTHER_LISTS, is_path_of_download, tells_no_saves
from connectors.readers.sniff import Finding

HELP = (
    "Magpie reads the Pinterest crawler export (ZIP, JSON, CSV), Pinterest's own account export "
    "(HTML), saved Pinterest pages, the database of a Pinterest scraper, and Facebook's or "
    "Instagram's download (ZIP, JSON, HTML)."
)
_ASK_META = (
    "When you ask Meta for the download, tick “Saved items and collections”, and bring the whole "
    "ZIP, or your_saved_items or saved_posts out of it."
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
    "picture": _Advice(
        "a picture", "Pictures come with the export that tells what they are: bring that."
    ),
    "video": _Advice("a video or a sound", "Bring the file that the service gave you."),
    "document": _Advice("a document", "Bring the file that the service gave you."),
    "mail": _Advice("a mail", "Bring the file that its link leads to."),
    "web archive": _Advice(
        "a web archive", "Save the page again as “HTML only”, or bring the export of the service."
    ),
    "network log": _Advice(
        "a log of what the browser loaded", "Bring the export of the service itself."
    ),
    "shortcut": _Advice(
        "a link to a page and not the page", "Bring the file that the service gave you."
    ),
    "script": _Advice("a script", "Bring the data that are in it by themselves, as JSON."),
    "links": _Advice(
        "a list of links without what they lead to", "Bring the export that they come from."
    ),
    "login page": _Advice(
        "the page of a service for logging in", "Log in and download the export once more."
    ),
    "page of Pinterest": _Advice(
        "a page of Pinterest without the data of its pins",
        "Save the page again as “HTML only”, or bring Pinterest's own account export.",
    ),
    "web page": _Advice("a web page", "Bring the export of the service."),
    "api error": _Advice(
        "the answer of a service that something went wrong", "Download the export once more."
    ),
}


def explain(findings: Sequence[Finding], skipped: Sequence[SkippedMember]) -> str:
    """Return why nothing of it is imported, and what to do."""
    if sentence := _explain_download(findings):
        return sentence
    foreign = next((finding for finding in findings if finding.foreign in _ADVICE), None)
    if foreign is not None and (len(findings) == 1 or foreign.reason == "nested_archive"):
        advice = _ADVICE[foreign.foreign]
        sentence = f"“{foreign.content.name}” is {advice.what}, which is not read. {advice.to_do}"
    elif not findings:
        sentence = _explain_none(skipped)
    elif all(finding.reason == "empty" for finding in findings):
        sentence = "There are no records inside. Ask the service for the export again."
    elif any(finding.reason == "error_rows" for finding in findings):
        sentence = "It holds errors of the exporter and no records. Let the exporter run again."
    else:
        sentence = "Nothing in it looks like an export that Magpie knows."
        if len(findings) == 1:
            sentence = f"“{findings[0].content.name}” was not read. {sentence}"
    return f"{sentence} {HELP}"


def _explain_download(findings: Sequence[Finding]) -> str:
    """Return what a download of Meta lacks; "" for other files."""
    others = [finding for finding in findings if finding.reason == "other_list"]
    named = next((finding for finding in others if finding.foreign in OTHER_LISTS), None)
    if len(findings) == 1 and named is not None:
        return (
            f"“{named.content.name}” lists {named.foreign} of a Facebook or Instagram download. "
            f"Magpie reads saved items only and took nothing from it. {_ASK_META}"
        )
    paths = [finding.content.name for finding in findings]
    if any(map(tells_no_saves, paths)):
        return f"This Facebook or Instagram download says that nothing is saved. {_ASK_META}"
    if others or any(map(is_path_of_download, paths)):
        return (
            "This is a Facebook or Instagram download, but the saved items are not in it. "
            f"{_ASK_META}"
        )
    return ""


def _explain_none(skipped: Sequence[SkippedMember]) -> str:
    """Return why there is nothing to look into."""
    left_out = Counter(member.reason for member in skipped)
    if left_out["link"] or left_out["device"]:
        return (
            "What is inside is no file but a link or a device, which is not read. "
            "Bring the data file itself."
        )
    if left_out["unsafe_name"]:
        return (
            "The names of the files inside lead out of the archive, so that none was read. "
            "Unpack it and bring the data file by itself."
        )
    return "There is no file inside that can be read."
