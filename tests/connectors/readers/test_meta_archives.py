"""Downloads of Facebook as archives, whole and in parts."""

import json

from tests.connectors.readers.builders import COLLECTION_ROW, meta_row, read, saves, zip_file


class TestArchives:
    FOLDER = "your_facebook_activity/saved_items_and_collections/"

    def test_only_saves_are_read_out_of_a_whole_download(self) -> None:
        post = {"timestamp": 1_694_249_767, "title": "Ann posted.", "attachments": []}
        archive = zip_file(
            {
                self.FOLDER + "your_saved_items.json": saves(meta_row("Ann saved a reel.")),
                self.FOLDER + "collections.json": saves(COLLECTION_ROW, key="collections_v2"),
                self.FOLDER + "no-data.txt": b"",
                "posts/your_posts_1.json": json.dumps([post]).encode(),
                "messages/message_1.json": json.dumps({"messages": [{"timestamp_ms": 5}]}).encode(),
                "start_here.html": b"<html><h2>Hello</h2></html>",
                "posts/media/1.jpg": b"\xff\xd8\xff\xe0" + bytes(50),
            }
        )

        result = read(archive)

        assert len(result.items) == 1
        assert [board.name for board in result.boards] == ["Møbler"]
        reasons = {member.name: member.reason for member in result.reader.skipped_members}
        assert reasons["posts/your_posts_1.json"] == "other_list"
        assert reasons[self.FOLDER + "no-data.txt"] == "empty"

    def test_parts_of_one_download_are_one_import(self) -> None:
        reel = meta_row("Ann saved a reel.")
        first = zip_file({self.FOLDER + "your_saved_items_2.json": saves(reel, meta_row("c"))})
        second = zip_file(
            {
                "x/your_saved_items_1.json": saves(reel, meta_row("b")),
                "x/your_saved_items.json": saves(reel, meta_row("a")),
            }
        )

        result = read(first, second)

        assert [item.title[-1] for item in result.items] == [".", "a", ".", "b", ".", "c"]
        reels = [item.ref for item in result.items if item.title.endswith(".")]
        assert [ref[-2:] for ref in reels] == [":0", ":0", ":0"]
        assert [item.index for item in result.items] == list(range(6))

    def test_of_two_exports_the_second_repeats_the_rows_of_the_first(self) -> None:
        reels = [meta_row("Ann saved a reel.", second) for second in (5, 5, 6)]
        name = self.FOLDER + "your_saved_items.json"
        first = zip_file({name: saves(*reels)}, "facebook-2025.zip")
        second = zip_file(
            {name: saves(meta_row("Ann saved a video."), *reels)}, "facebook-2026.zip"
        )

        result = read(first, second)

        assert len(result.items) == 7
        assert len({item.ref for item in result.items}) == 4

    def test_the_same_archive_twice_counts_once(self) -> None:
        members = {"your_saved_items.json": saves(meta_row("Ann saved a reel."))}

        result = read(zip_file(members), zip_file(members, "export (1).zip"))

        assert len(result.items) == 1
        assert [member.reason for member in result.reader.skipped_members] == ["copy"]
