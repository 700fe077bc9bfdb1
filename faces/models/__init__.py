"""Faces, the people behind them, and the consent that lets either exist."""

from faces.models.consent import FaceConsent, FaceReceipt, FaceSettings, FaceSource
from faces.models.face import EMBEDDINGS, Face, FaceEmbedding128, FaceSuppression, embedding_model
from faces.models.pairing import MergeSuggestion
from faces.models.person import FaceEvent, FaceVeto, Person, PersonDistinct

__all__ = [
    "EMBEDDINGS",
    "Face",
    "FaceConsent",
    "FaceEmbedding128",
    "FaceEvent",
    "FaceReceipt",
    "FaceSettings",
    "FaceSource",
    "FaceSuppression",
    "FaceVeto",
    "MergeSuggestion",
    "Person",
    "PersonDistinct",
    "embedding_model",
]
