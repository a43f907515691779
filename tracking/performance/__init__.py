"""How creators did: beside their followers, their fees and each other (CU4 to CU9)."""
