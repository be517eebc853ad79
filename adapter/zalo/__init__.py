"""The door to the citizen: Zalo's template messages by user id and by phone, and the token that opens it."""
