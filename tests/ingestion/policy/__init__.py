"""What the operator decided about the terms of sources, held to."""
