"""Words by which Meta tells that something was saved, in the languages of its accounts."""

import re
import unicodedata

# The forms of "saved" in sentences (“Ann has saved …”) and in headings (“Saved items”).
_SAVED = re.compile(
    r"(?<!\w)(?:saved|gespeichert\w*|gemerkt|gemte?|lagrede?t?|lagret|spara(?:t|de|d)|enregistr\w+"
    r"|sauvegard\w+|guard(?:ó|ou|ad[oa]s?)|salv(?:ou|ato|ata|ati|ate|ado|ada|ados|adas|os|as)"
    r"|opgeslagen|bewaard|tallen(?:si|n\w+|t\w+)|zapisa\w+|uloži\w+|ulože\w+|(?:el)?mentett\w*"
    r"|сохран\w+|збер(?:іг|е)\w*|запазен\w*|запази|αποθ[ηή]κε\w+|kayde(?:tti|dil|tt)\w*"  # noqa: RUF001  # Cyrillic words
    r"|(?:me|di|ter)?(?:ny)?simpan\w*|vistad\w*|spremljen\w*|spremi\w+|sačuva\w+|đã lưu)(?!\w)"
    r"|保存|珍藏|收藏|儲存|储存|저장|บันทึก|حفظ|محفوظ|שמר|נשמר|सेव|सहेज"
)
_COLLECTION = re.compile(
    r"(?<!\w)(?:collecti|kollektion|samling|sammlung|colecci|coleç|colecți|collezion|raccolt"
    r"|verzameling|kolekc|koleks|koleksiyon|kokoelma|коллекц|подборк|колекц|добірк|συλλογ"
    r"|gyűjtem|zbirk|bộ sưu tập)|コレクション|컬렉션|收藏集|珍藏集|คอลเลกชัน|مجموعة|אוסף|संग्रह"
)


def tells_saving(text: str) -> bool:
    """Say whether a sentence or a heading speaks of something saved."""
    return bool(_SAVED.search(_plain(text)))


def tells_collecting(text: str) -> bool:
    """Say whether a sentence or a heading speaks of a collection."""
    return bool(_COLLECTION.search(_plain(text)))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text[:2_000]).casefold()
