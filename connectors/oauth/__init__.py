"""OAuth 2 with sources: what they offer, the way there and back, and the tokens that come of it.

Authlib speaks the protocol; every request leaves through the guarded client.
"""
