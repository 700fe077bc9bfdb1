"""What is no export is refused with what it is instead, and what to do."""

import gzip
import io
import json
import tarfile
import zipfile

import pytest

from connectors.errors import FileRefusedError
from connectors.readers import open_import
from tests.connectors.readers.builders import crawled_pin, named, read, zip_file

PINS = json.dumps([crawled_pin(1)]).encode()


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        info = tarfile.TarInfo("pins.json")
        info.size = len(PINS)
        archive.addfile(info, io.BytesIO(PINS))
    return file.getvalue()


def workbook() -> bytes:
    members = {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}
    return zip_file(members).read()


def link() -> bytes:
    file = io.BytesIO()
    member = zipfile.ZipInfo("saves.json")
    member.external_attr = 0o120777 << 16
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(member, "/etc/passwd")
    return file.getvalue()


CASES = {
    "a workbook": (workbook(), r"office file.* JSON or the CSV of the same export"),
    "a workbook in an archive": (
        zip_file({"a.xlsx": workbook()}).read(),
        r"“a\.xlsx” is an office",
    ),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "office file"),
    "RAR": (b"Rar!\x1a\x07\x01\x00" + bytes(99), "is a RAR archive.* Unpack it and bring"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + bytes(99), "is a 7z archive.* Unpack it and bring"),
    "tar": (tar(), "is a TAR archive.* Unpack it and bring"),
    "tar.gz": (gzip.compress(tar()), "is a TAR archive.* Unpack it and bring"),
    "bzip2": (b"BZh91AY&SY" + bytes(99), "is a packed file.* Unpack it and bring"),
    "Zstandard": (b"\x28\xb5\x2f\xfd" + bytes(99), "is a packed file.* Unpack it and bring"),
    "an archive in an archive": (
        zip_file({"in.zip": zip_file({"a.json": PINS}).read()}).read(),
        r"“in\.zip” is another archive.* Unpack the outer one",
    ),
    "a part of a split archive": (
        b"PK\x07\x08" + zip_file({"a": PINS}).read(),
        "split into several",
    ),
    "a database": (b"SQLite format 3\0" + bytes(99), "is a database.* as JSON or CSV"),
    "a picture": (b"\xff\xd8\xff\xe0" + bytes(99), "is a picture"),
    "a picture of a phone": (b"\0\0\0\x18ftypheic" + bytes(99), "is a picture"),
    "a drawing": (b'<?xml version="1.0"?><svg></svg>', "is a picture"),
    "a video": (b"\0\0\0\x18ftypmp42" + bytes(99), "is a video"),
    "a web archive": (
        b"From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related;\n\n--",
        r"is a web archive.* Save the page again as “HTML only”",
    ),
    "a mail": (b"MIME-Version: 1.0\nSubject: Your download\n\nHello", "is a mail"),
    "a log of the network": (b'{"log": {"version": "1.2", "entries": []}}', "log of what the brow"),
    "a shortcut": (b"[InternetShortcut]\r\nURL=https://e.example/\r\n", "is a link to a page"),
    "a shortcut of a Mac": (
        b'<?xml version="1.0"?><!DOCTYPE plist><plist><dict><key>URL</key></dict></plist>',
        "is a link to a page",
    ),
    "a list of links": (
        b"url\nhttps://www.pinterest.com/pin/1/\nhttps://www.pinterest.com/pin/2/\n",
        "is a list of links",
    ),
    "a script": (b'window.YTD = [{"a": 1}]', "is a script"),
    "a page for logging in": (
        b"<html><title>Log in to Facebook</title><form></form></html>",
        "is the page of a service for logging in",
    ),
    "a page without its data": (
        b'<!DOCTYPE html><html><img src="https://i.pinimg.com/236x/a.jpg"></html>',
        "is a page of Pinterest without the data",
    ),
    "a web page": (b"<!DOCTYPE html><html><p>Hello</p></html>", "is a web page"),
    "an answer that nothing was found": (
        b'{"resource_response": {"status": "failure", "code": 50, "message": "Pin not found"}}',
        "is the answer of a service that something went wrong",
    ),
    "an answer that it is forbidden": (
        b'{"code": 3, "message": "Authorization failed"}',
        "is the answer of a service that something went wrong",
    ),
    "something else": (b'{"a": 1}', "“export” was not read. Nothing in it looks like"),
    "a document": (b"%PDF-1.7\n" + bytes(99), "is a document"),
    "a name that leads out": (zip_file({"../../x.json": PINS}).read(), "lead out of the archive"),
    "a program that unpacks itself": (
        b"MZ\x90" + bytes(99) + zip_file({"x.json": PINS}).read(),
        "is an archive with something in front",
    ),
    "a link": (link(), "no file but a link or a device"),
    "no records": (b"[ ]\n", "There are no records inside"),
    "errors only": (json.dumps([{"error": "#x"}] * 3).encode(), "errors of the exporter"),
    "text that begins like an archive": (b"PKW is a make of car", "Nothing in it looks like"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_sentence_says_what_it_is_and_what_to_do(name: str) -> None:
    data, sentence = CASES[name]

    with pytest.raises(FileRefusedError, match=sentence) as caught:
        open_import([named(data, "export")])

    assert caught.value.message.endswith((".", ")."))


class TestTwins:
    def names(self, *archives: dict[str, bytes]) -> list[tuple[str, str]]:
        files = [zip_file(members, f"{n}.zip") for n, members in enumerate(archives)]
        return [(each.name, each.reason) for each in open_import(files).skipped_members]

    def csv(self, number: int) -> bytes:
        return f"id,grid_title,image/url\n{number},t,\n".encode()

    def pins(self, number: int) -> bytes:
        return json.dumps([crawled_pin(number)]).encode()

    def test_other_formats_in_one_archive_are_twins(self) -> None:
        assert self.names({"a.json": self.pins(1), "a.csv": self.csv(1)}) == [("a.csv", "twin")]

    def test_files_of_one_name_in_two_archives_are_two_exports(self) -> None:
        assert self.names({"a.json": self.pins(1)}, {"a.csv": self.csv(2)}) == []

    def test_folders_of_one_archive_are_two_exports(self) -> None:
        members = {"ann/a.json": self.pins(1), "ben/a.csv": self.csv(2)}

        assert self.names(members) == []

    def test_another_name_is_another_export(self) -> None:
        members = {"kitchen.json": self.pins(1), "bath.csv": self.csv(2)}
        files = [
            named(members["kitchen.json"], "kitchen.json"),
            named(members["bath.csv"], "b.csv"),
        ]

        assert self.names(members) == []
        assert [item.ref[-1] for item in read(*files).items] == ["1", "2"]

    def test_files_that_were_brought_side_by_side_are_twins(self) -> None:
        files = [named(self.pins(1), "a (1).json"), named(self.csv(1), "a.csv")]

        skipped = open_import(files).skipped_members

        assert [(each.name, each.reason) for each in skipped] == [("a.csv", "twin")]
