"""Names, numbers and colours of the classes of each data set."""
