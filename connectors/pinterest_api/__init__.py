"""Pinterest's own API (v5): boards, sections and pins of an account."""
