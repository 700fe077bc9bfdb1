"""The painters of the demo pictures: one function draws one motif in any palette and any size."""
