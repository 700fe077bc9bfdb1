"""The library: assets, their pictures, how they are grouped, and what people changed."""

from media.models.asset import Asset, AssetMedia, Tombstone
from media.models.blob import Blob, Rendition
from media.models.board import Board, BoardItem
from media.models.link import LinkPreview
from media.models.operation import Operation, OperationBatch, OperationItem
from media.models.search import SearchDocument
from media.models.stage import StageState
from media.models.tag import AssetTag, Tag

__all__ = [
    "Asset",
    "AssetMedia",
    "AssetTag",
    "Blob",
    "Board",
    "BoardItem",
    "LinkPreview",
    "Operation",
    "OperationBatch",
    "OperationItem",
    "Rendition",
    "SearchDocument",
    "StageState",
    "Tag",
    "Tombstone",
]
