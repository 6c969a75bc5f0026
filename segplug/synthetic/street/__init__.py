"""Streets as a camera in a car sees them, with a kind for every pixel."""
