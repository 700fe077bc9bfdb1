"""Saved items and collections out of the downloads of Facebook and Instagram."""
