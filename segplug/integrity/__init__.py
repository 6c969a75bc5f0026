"""Check data before they are trained on: every file, decoded to the end."""
