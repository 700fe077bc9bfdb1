"""CSV as crawlers write it, and as Excel and other programs save it again."""

import pytest

from connectors.items import SavedItem
from connectors.readers import csv_rows
from tests.connectors.readers.builders import Result, named, read

HEADER = "id,grid_title,description,board/name,image/url"
ROW = '5,"A, B",text,Kitchen,https://e.example/a.jpg'


def read_text(text: str, encoding: str = "utf-8") -> Result:
    return read(named(text.encode(encoding), "export.csv"))


def only(text: str, encoding: str = "utf-8") -> SavedItem:
    result = read_text(text, encoding)
    assert result.rejections == []
    assert len(result.items) == 1
    return result.items[0]


def facts(item: SavedItem) -> tuple[str, str, str, list[str], list[str]]:
    boards = [board.name for board in item.boards]
    return item.ref, item.title, item.text, boards, [media.url for media in item.media]


PLAIN = f"{HEADER}\n{ROW}\n"
SEMICOLONS = 'id;grid_title;description;board/name;image/url\n5;"A, B";text;Kitchen;'
SEMICOLONS += "https://e.example/a.jpg\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.rstrip(),
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        "\ufeff" + PLAIN,
        "\n\n" + PLAIN + "\n\n",
        SEMICOLONS,
        "sep=;\n" + SEMICOLONS,
        "SEP=,\r\n" + PLAIN,
        SEMICOLONS.replace(";", "\t"),
        SEMICOLONS.replace(";", "|"),
        PLAIN.replace("board/name", "board.name").replace("image/url", "image.url"),
        PLAIN.replace("id,grid_title", "ID,Grid_Title").replace("description", "Description"),
        (
            '"id","grid_title","description","board\n/x","board/name","image/url"\n'
            '5,"A, B",text,,Kitchen,https://e.example/a.jpg'
        ),
        (
            "id,title,description,board,image\n"
            '5,"A, B",text,"{""name"": ""Kitchen""}","{""url"": ""https://e.example/a.jpg""}"'
        ),
        (
            "Pin URL,Title,Description,Board Name,Image URL\n"
            'https://pinterest.com/pin/5/,"A, B",text,Kitchen,https://e.example/a.jpg'
        ),
    ],
)
def test_every_dialect_gives_the_same_pin(text: str) -> None:
    expected = ("pin:5", "A, B", "text", ["Kitchen"], ["https://e.example/a.jpg"])

    assert facts(only(text)) == expected


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "cp1252"]
)
def test_every_encoding_gives_the_same_title(encoding: str) -> None:
    assert only(PLAIN.replace("A, B", "Küche"), encoding).title == "Küche"


def test_ids_that_a_spreadsheet_has_touched_are_read_or_refused_never_guessed() -> None:
    ids = ['="21181060738944016"', "'21181060738944017", "18.0", "2.11811E+16"]
    rows = "".join(f"{each},t,d,K,\n" for each in ids)

    result = read_text(f"{HEADER}\n{rows}")

    assert [item.ref for item in result.items] == [
        "pin:21181060738944016",
        "pin:21181060738944017",
        "pin:18",
    ]
    assert result.rejections[0].detail.startswith("A spreadsheet has rounded")


def test_lists_stand_in_numbered_columns() -> None:
    text = "id,image/url,hashtags/0,hashtags/1,hashtags[2]\n5,,oak,brass,tile\n"

    assert only(text).tags == ("oak", "brass", "tile")


def test_words_are_truth_values_only_where_one_is_expected() -> None:
    text = "id,grid_title,is_video,image/url\n5,true,TRUE,https://e.example/a.jpg\n"

    item = only(text)

    assert (item.title, item.kind) == ("true", "video")


def test_odd_cells_cost_nothing() -> None:
    rows = ['5,"a\nb\r\n""c""",x,K,', "6,a\0b,x,K,", f'7,"{"z" * 1_000_000}",x,K,', '8,5" oak,x,K,']

    items = read_text("\n".join([HEADER, *rows, ""])).items

    assert [item.ref for item in items] == ["pin:5", "pin:6", "pin:7", "pin:8"]
    assert items[0].title == 'a\nb\r\n"c"'
    assert items[1].title == "ab"
    assert items[3].title == '5" oak'


def test_a_quote_that_nothing_closes_costs_only_its_line() -> None:
    rows = ["4,a,x,K,", '5,"a,x,K,', *(f"{n},b,x,K," for n in range(6, 1_800))]
    data = named("\n".join([HEADER, *rows]).encode(), "x.csv")

    whole = read(data, page_size=400)

    assert len(whole.items) == 1_795
    assert whole.reasons == ["record_invalid"]
    assert "nothing closes" in whole.rejections[0].detail
    for number, page in enumerate(whole.pages[:-1]):
        rest = read(data, cursor=page.cursor, page_size=400)
        assert rest.items == [item for after in whole.pages[number + 1 :] for item in after.items]


def test_a_cell_that_is_too_large_is_one_bad_row_however_many_lines_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csv_rows, "MAX_RECORD_BYTES", 1024**2)
    huge = "z\n" * 600_000

    result = read_text(f'{HEADER}\n5,"{huge}",x,K,\n6,b,x,K,\n')

    assert [item.ref for item in result.items] == ["pin:6"]
    assert result.reasons == ["record_invalid"]


def test_rows_that_are_too_short_or_too_long_are_read() -> None:
    result = read_text(f"{HEADER}\n5\n6,b,x,K,https://e.example/a.jpg,more,more\n,,,,\n")

    assert [item.ref for item in result.items] == ["pin:5", "pin:6"]
    assert [row.detail for row in result.rejections] == ["The row is empty."]


def test_scraped_posts_may_be_csv_too() -> None:
    text = "post_url,post_text,collection_name,date\nhttps://www.facebook.com/a/posts/1,Hi,K,"

    item = only(text + '"December 18, 2025"\n')

    assert (item.source, item.title, item.boards[0].name) == ("facebook", "Hi", "K")
