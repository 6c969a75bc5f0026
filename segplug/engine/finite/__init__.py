"""See values that are not finite before they do harm."""
