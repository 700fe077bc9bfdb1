"""The engine: claims runs, works them in bounded slices, recovers what was lost."""

from ingestion.engine.drain import drain
from ingestion.engine.tick import tick

__all__ = ["drain", "tick"]
